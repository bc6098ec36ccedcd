#ifndef PIP_CLINUX_SHIM_H
#define PIP_CLINUX_SHIM_H
/* What Swift's Glibc module leaves out. */
#include <malloc.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

static inline int pip_eventfd_create(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

/* By functions, since which module has SOCK_STREAM and its flags depends on the other modules of a build. */
static inline int pip_stream_type(void) { return SOCK_STREAM; }
static inline int pip_stream_socket(int family) {
    return socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}
#endif
