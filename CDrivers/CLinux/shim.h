#ifndef PIP_CLINUX_SHIM_H
#define PIP_CLINUX_SHIM_H
/* What Swift's Glibc module leaves out. */
#include <malloc.h>
#include <sys/eventfd.h>

static inline int pip_eventfd_create(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }
#endif
