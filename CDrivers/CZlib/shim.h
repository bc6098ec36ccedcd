#ifndef PIP_CZLIB_SHIM_H
#define PIP_CZLIB_SHIM_H
#if !__has_include(<zlib.h>)
#error "<zlib.h> is not installed: apt-get install zlib1g-dev"
#endif
#include <zlib.h>
#endif
