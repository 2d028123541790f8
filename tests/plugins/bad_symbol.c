/* A shared object without the descriptor. */
#include <carillon/types.h>

__attribute__((visibility("default"))) const int not_a_descriptor = 1;
