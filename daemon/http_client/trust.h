/*
 * The certificates that are trusted, read once from a file and shared by all workers' connections: libcurl by itself would
 * read the file on the worker, which takes tens of milliseconds.
 */
#ifndef CARILLON_HTTP_CLIENT_TRUST_H
#define CARILLON_HTTP_CLIENT_TRUST_H

#include <carillon/types.h>

struct trust;

/* Main thread. file: of CA certificates in PEM form; NULL: libcurl's own. What was read is read again when it is next
   asked for. */
void trust_configure(const char *file);
void trust_close(void);

/*
 * Any worker, one question at a time: `got` is called there with the certificates, which become the caller's, once the main
 * thread has read them. NULL: memory is short.
 */
void trust_ask(void (*got)(struct trust *trust));
void trust_free(struct trust *trust);
/* ssl_ctx: OpenSSL's. */
void trust_apply(struct trust *trust, void *ssl_ctx);

#endif
