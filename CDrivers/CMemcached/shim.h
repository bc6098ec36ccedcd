#ifndef PIP_CMEMCACHED_SHIM_H
#define PIP_CMEMCACHED_SHIM_H
#if !__has_include(<libmemcached/memcached.h>)
#error "PIP_MEMCACHED is on, but <libmemcached/memcached.h> is not installed: apt-get install libmemcached-dev"
#endif
#include <libmemcached/memcached.h>
#endif
