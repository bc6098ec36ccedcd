#ifndef PIP_CLINUX_SHIM_H
#define PIP_CLINUX_SHIM_H
/* What Swift's Glibc module leaves out. */
#include <fcntl.h>
#include <linux/stat.h>
#include <malloc.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
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
#endif
