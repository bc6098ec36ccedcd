// See ../bson/bson.h.
#include <libmongoc-1.0/mongoc/mongoc.h>
