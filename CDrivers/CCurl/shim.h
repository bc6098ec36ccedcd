#ifndef PIP_CCURL_SHIM_H
#define PIP_CCURL_SHIM_H
#if !__has_include(<curl/curl.h>)
#error "PIP_CURL is on, but <curl/curl.h> is not installed: apt-get install libcurl4-openssl-dev"
#endif
#include <curl/curl.h>

/* libcurl's setters and getters take variable arguments, which Swift can't call: one fixed form for each type. */
typedef size_t (*pip_curl_transfer)(char *, size_t, size_t, void *);
typedef int (*pip_curl_before)(void *, char *, char *, int, int);

static inline CURLcode pip_curl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode pip_curl_set_size(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode pip_curl_set_text(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode pip_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode pip_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode pip_curl_set_transfer(CURL *handle, CURLoption option, pip_curl_transfer value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode pip_curl_set_before(CURL *handle, pip_curl_before value) {
    return curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, value);
}
static inline CURLcode pip_curl_get_long(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}
static inline CURLcode pip_curl_get_pointer(CURL *handle, CURLINFO info, char **value) {
    return curl_easy_getinfo(handle, info, value);
}
static inline CURLMcode pip_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}
#endif
