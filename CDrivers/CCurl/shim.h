#ifndef PIP_CCURL_SHIM_H
#define PIP_CCURL_SHIM_H
#if !__has_include(<curl/curl.h>)
#error "PIP_CURL is on, but <curl/curl.h> is not installed: apt-get install libcurl4-openssl-dev"
#endif
#include <curl/curl.h>
#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

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
typedef curl_socket_t (*pip_curl_opening)(void *, curlsocktype, struct curl_sockaddr *);
static inline CURLcode pip_curl_set_open(CURL *handle, pip_curl_opening value) {
    return curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, value);
}
typedef int (*pip_curl_closing)(void *, curl_socket_t);
static inline CURLcode pip_curl_set_close(CURL *handle, pip_curl_closing value) {
    return curl_easy_setopt(handle, CURLOPT_CLOSESOCKETFUNCTION, value);
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
static inline void pip_curl_multi_set_sockets(CURLM *multi, curl_socket_callback value, void *user) {
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, value);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, user);
}
static inline void pip_curl_multi_set_timer(CURLM *multi, curl_multi_timer_callback value, void *user) {
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, value);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, user);
}

/* What libcurl does by itself, but for the flag that keeps the socket from processes that are started. */
static inline curl_socket_t pip_curl_open(struct curl_sockaddr *address) {
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* Swift's module of the C library has neither epoll nor eventfd. */
static inline int pip_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }
static inline int pip_eventfd_create(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

/* Watches a socket for what libcurl wants to know, one of CURL_POLL_*. What comes of it has the number given here. */
static inline int pip_epoll_watch(int poller, int socket, unsigned number, int what) {
    struct epoll_event event = {0};
    event.data.u64 = (unsigned long)number << 32 | (unsigned)socket;
    event.events = (what & CURL_POLL_IN ? EPOLLIN : 0) | (what & CURL_POLL_OUT ? EPOLLOUT : 0);
    if (what == CURL_POLL_REMOVE) return epoll_ctl(poller, EPOLL_CTL_DEL, socket, &event);
    int result = epoll_ctl(poller, EPOLL_CTL_ADD, socket, &event);
    return result < 0 && errno == EEXIST ? epoll_ctl(poller, EPOLL_CTL_MOD, socket, &event) : result;
}

struct pip_epoll_ready {
    int socket;
    unsigned number;
    /* CURL_CSELECT_* */
    int what;
};

/* Waits for up to 64 sockets; gives how many are ready. */
static inline int pip_epoll_wait(int poller, struct pip_epoll_ready *ready, int milliseconds) {
    struct epoll_event events[64];
    int count = epoll_wait(poller, events, 64, milliseconds);
    for (int i = 0; i < count; i++) {
        ready[i].socket = (int)(unsigned)events[i].data.u64;
        ready[i].number = events[i].data.u64 >> 32;
        ready[i].what = (events[i].events & EPOLLIN ? CURL_CSELECT_IN : 0)
            | (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0)
            | (events[i].events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
    }
    return count;
}
#endif
