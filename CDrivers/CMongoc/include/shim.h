#ifndef PIP_CMONGOC_SHIM_H
#define PIP_CMONGOC_SHIM_H
#if !__has_include(<libmongoc-1.0/mongoc/mongoc.h>)
#error "PIP_MONGODB is on, but <libmongoc-1.0/mongoc/mongoc.h> is not installed: apt-get install libmongoc-dev"
#endif
#include <mongoc/mongoc.h>
#endif
