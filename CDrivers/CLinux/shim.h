#ifndef PIP_CLINUX_SHIM_H
#define PIP_CLINUX_SHIM_H
/* What Swift's Glibc module leaves out. */
#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <netinet/in.h>
#include <malloc.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static inline int pip_eventfd_create(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

/* By functions, since which module has SOCK_STREAM and its flags depends on the other modules of a build. */
static inline int pip_stream_type(void) { return SOCK_STREAM; }
static inline int pip_stream_socket(int family) {
    return socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* 1 if the process was started with SIGHUP ignored, as by nohup. */
static inline int pip_ignores_hangup(void) {
    struct sigaction action;
    return sigaction(SIGHUP, 0, &action) == 0 && action.sa_handler == SIG_IGN;
}

/* 1 for the root of a mount, such as a bind-mounted file; 0 for anything else, and where the kernel does not tell (before 5.8). */
static inline int pip_is_mount_root(const char *path) {
    struct statx status;
    if (syscall(SYS_statx, AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &status) != 0) return 0;
    return (status.stx_attributes & status.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0;
}

/* Sends a datagram to a socket of the machine: a path, or '@' and a name in the abstract namespace. Never blocks. Returns
   0, or the error. */
static inline int pip_notify(const char *path, const char *message) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof(address.sun_path)) return EINVAL;
    memcpy(address.sun_path, path, length);
    if (path[0] == '@') address.sun_path[0] = 0;
    int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return errno;
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (path[0] == '@' ? 0 : 1));
    ssize_t sent;
    do {
        sent = sendto(descriptor, message, strlen(message), MSG_NOSIGNAL, (struct sockaddr *)&address, size);
    } while (sent < 0 && errno == EINTR);
    int error = sent < 0 ? errno : 0;
    close(descriptor);
    return error;
}

/* Requests a path of an HTTP server on this machine, and waits for at most `seconds`. Returns the status of the response, or
   0 without one. */
static inline int pip_http_status(uint16_t port, const char *path, int seconds) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct timeval limit = {.tv_sec = seconds};
    char text[1024];
    int status = 0;
    int size = snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path);
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return 0;
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    if (size > 0 && size < (int)sizeof(text) &&
        connect(descriptor, (struct sockaddr *)&address, sizeof(address)) == 0 &&
        send(descriptor, text, (size_t)size, MSG_NOSIGNAL) == size) {
        /* The first line is short, and comes in one piece. */
        ssize_t count = recv(descriptor, text, sizeof(text) - 1, 0);
        text[count > 0 ? count : 0] = 0;
        if (sscanf(text, "HTTP/1.%*1[01] %3d", &status) != 1) status = 0;
    }
    close(descriptor);
    return status;
}

/* The clock of the system since it started, in microseconds. */
static inline int64_t pip_monotonic_microseconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}
#endif
