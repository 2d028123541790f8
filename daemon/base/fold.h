/*
 * Text as it is compared without case: "STRASSE" and "Straße", "Zoë" in one code point or two. Pure; any thread.
 */
#ifndef CARILLON_BASE_FOLD_H
#define CARILLON_BASE_FOLD_H

#include <carillon/types.h>

/* The folded form (NFKC, full case folding), to be freed. NULL: no UTF-8, or memory is short. */
char *fold_text(struct carillon_str text);

#endif
