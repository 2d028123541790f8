/*
 * Networks such as 10.0.0.0/8 or 2001:db8::/32, and whether an address is in one. Pure; any thread.
 */
#ifndef CARILLON_BASE_CIDR_H
#define CARILLON_BASE_CIDR_H

#include <carillon/types.h>

struct cidr {
    uint8_t bytes[16]; /* IPv4 as ::ffff:a.b.c.d */
    unsigned bits;
};

/* "127.0.0.1" stands for itself alone. False: neither an address nor a network, or bits below the mask are set. */
bool cidr_parse(struct carillon_str text, struct cidr *cidr);
/* Is the address, as text, in one of them? False for what is no address. */
bool cidr_contains(const struct cidr *list, size_t count, struct carillon_str address);
/* An address in its usual form, in out (at least ADDRESS_TEXT_MAX bytes); brackets, a port and a zone are dropped. */
enum { ADDRESS_TEXT_MAX = 46 };
bool address_normalize(struct carillon_str text, char *out);
/*
 * The client's address out of X-Forwarded-For, which proxies append to: from right to left, the first that is not a proxy
 * of ours. The peer itself must have been one. Copies to out; the peer's address if the header is absent or nonsense.
 */
void address_forwarded(struct carillon_str header, struct carillon_str peer, const struct cidr *proxies, size_t count,
                       char *out);

#endif
