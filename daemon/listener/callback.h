/* What libwebsockets calls: its protocol's callback, and an extension that only makes it accept compressed frames. */
#ifndef CARILLON_LISTENER_CALLBACK_H
#define CARILLON_LISTENER_CALLBACK_H

#include <libwebsockets.h>

int listener_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len);

/*
 * permessage-deflate as libwebsockets sees it: it lets RSV1 pass and hands on payloads as they are; message.c inflates.
 * The value is libwebsockets' PMDR_NOTHING_WE_SHOULD_DO, which it keeps in a private header: "the input is the output".
 */
enum { EXTENSION_PASSES_ON = 5 };
int listener_extension(struct lws_context *context, const struct lws_extension *extension, struct lws *wsi,
                       enum lws_extension_callback_reasons reason, void *user, void *in, size_t len);

#endif
