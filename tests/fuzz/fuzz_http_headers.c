/* What the listener itself takes apart of a request's headers, and of a compressed message; the rest is libwebsockets'. */
#include "base/cidr.h"
#include "listener/csp.h"
#include "listener/deflate.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), out[ADDRESS_TEXT_MAX], answer[128];
    struct carillon_str str = { text, size };
    struct deflate_agreed agreed;
    struct inflated whole;
    struct cidr network;
    memcpy(text, data, size);
    text[size] = '\0';
    if (deflate_negotiate(str, &agreed) && (agreed.server_bits < 8 || agreed.server_bits > 15 ||
                                            deflate_answer(&agreed, answer, sizeof answer) >= sizeof answer))
        abort();
    bool is_network = cidr_parse(str, &network);
    address_forwarded(str, CARILLON_STR("192.0.2.1"), &network, is_network, out);
    if (memchr(out, '\0', sizeof out) == NULL)
        abort();
    if (deflate_inflate(text, size, 65536, &whole) == CARILLON_OK && (whole.len > 65536 || whole.bytes[whole.len]))
        abort();
    free(csp_build(str));
    free(text);
    return 0;
}
