#ifndef PIP_ALLOCATION_COUNTER_H
#define PIP_ALLOCATION_COUNTER_H
#include <stdbool.h>
/// Counts what the process allocates from here on, or no longer.
void pip_count_allocations(bool counts);
/// How many allocations were counted so far.
long pip_allocations(void);
#endif
