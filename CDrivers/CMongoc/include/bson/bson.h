// Debian keeps these headers in a versioned folder that is not on the search path; this one is.
#include <libbson-1.0/bson/bson.h>
