#ifndef PIP_CCURL_SHIM_H
#define PIP_CCURL_SHIM_H
#if !__has_include(<curl/curl.h>)
#error "PIP_CURL is on, but <curl/curl.h> is not installed: apt-get install libcurl4-openssl-dev"
#endif
#include <curl/curl.h>
#endif
