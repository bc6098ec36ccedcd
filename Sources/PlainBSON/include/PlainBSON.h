#ifndef PLAIN_BSON_H
#define PLAIN_BSON_H
#include <stddef.h>
#include <stdint.h>

/// Reads each value of a document with libbson, and copies its texts: what a benchmark compares with.
/// Returns how many texts there are; -1 if it is no document, or without the trait MongoDB.
int plain_bson_read(const uint8_t *bytes, size_t size);

#endif
