#ifndef PIP_CCURL_SHIM_H
#define PIP_CCURL_SHIM_H
#if !__has_include(<curl/curl.h>)
#error "PIP_CURL is on, but <curl/curl.h> is not installed: apt-get install libcurl4-openssl-dev"
#endif
#include <curl/curl.h>

/* Swift cannot call functions with variable arguments: one function for each type of argument. */
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
static inline CURLcode pip_curl_set_bytes(CURL *handle, CURLoption option, const void *bytes, size_t size) {
    struct curl_blob blob = {(void *)bytes, size, CURL_BLOB_COPY};
    return curl_easy_setopt(handle, option, &blob);
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
typedef curl_socket_t (*pip_curl_opening)(void *, curlsocktype, struct curl_sockaddr *);
static inline CURLcode pip_curl_set_open(CURL *handle, pip_curl_opening value) {
    return curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, value);
}
typedef int (*pip_curl_resolving)(void *, void *, void *);
static inline CURLcode pip_curl_set_resolving(CURL *handle, pip_curl_resolving value) {
    return curl_easy_setopt(handle, CURLOPT_RESOLVER_START_FUNCTION, value);
}
static inline CURLcode pip_curl_get_pointer(CURL *handle, CURLINFO info, char **value) {
    return curl_easy_getinfo(handle, info, value);
}
static inline CURLMcode pip_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}
static inline CURLMcode pip_curl_multi_set_pointer(CURLM *multi, CURLMoption option, void *value) {
    return curl_multi_setopt(multi, option, value);
}
static inline CURLMcode pip_curl_multi_set_socket(CURLM *multi, curl_socket_callback value) {
    return curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, value);
}
static inline CURLSHcode pip_curl_share_set(CURLSH *share, curl_lock_data value) {
    return curl_share_setopt(share, CURLSHOPT_SHARE, value);
}
#endif
