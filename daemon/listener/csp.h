/* The Content-Security-Policy of the web app's pages. Pure; any thread. */
#ifndef CARILLON_LISTENER_CSP_H
#define CARILLON_LISTENER_CSP_H

#include <carillon/types.h>

/*
 * Ours, with the given directives ("connect-src https://a.example; frame-ancestors https://b.example") worked in: sources
 * are added to a directive that we have, since browsers ignore one that comes twice. malloc'd; NULL when memory is short.
 */
char *csp_build(struct carillon_str more);

#endif
