#ifndef PIP_CHIREDIS_SHIM_H
#define PIP_CHIREDIS_SHIM_H
#if !__has_include(<hiredis/hiredis.h>)
#error "PIP_REDIS is on, but <hiredis/hiredis.h> is not installed: apt-get install libhiredis-dev"
#endif
#include <hiredis/hiredis.h>
// hiredis tells its version by macros only. Two steps, so that they are expanded before they become text.
#define PIP_TEXT(x) #x
#define PIP_VERSION(a, b, c) PIP_TEXT(a) "." PIP_TEXT(b) "." PIP_TEXT(c)
static inline const char *pip_redis_version(void) { return PIP_VERSION(HIREDIS_MAJOR, HIREDIS_MINOR, HIREDIS_PATCH); }
#endif
