#include "http_client/guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

/*
 * What is not public: the IANA registries of special-purpose addresses, and those IPv6 networks that carry an IPv4 address
 * within (NAT64, 6to4, Teredo), which would be a way round. Of IPv6 only 2000::/3 is given out at all.
 */
static const char *const special[] = {
    "0.0.0.0/8",       "10.0.0.0/8",    "100.64.0.0/10",   "127.0.0.0/8",       "169.254.0.0/16", "172.16.0.0/12",
    "192.0.0.0/24",    "192.0.2.0/24",  "192.31.196.0/24", "192.52.193.0/24",   "192.88.99.0/24", "192.168.0.0/16",
    "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",    "224.0.0.0/4",    "240.0.0.0/4",
    "2001::/23",       "2001:db8::/32", "2002::/16",       "2620:4f:8000::/48", "3fff::/20",
};
static const char v4_all[] = "0.0.0.0/0", v6_public[] = "2000::/3";

static bool network_holds(const char *network, struct carillon_str address)
{
    struct cidr cidr;
    return cidr_parse((struct carillon_str){ network, strlen(network) }, &cidr) && cidr_contains(&cidr, 1, address);
}

static bool is_public(struct carillon_str address)
{
    if (!network_holds(v4_all, address) && !network_holds(v6_public, address))
        return false;
    for (size_t i = 0; i < sizeof special / sizeof *special; i++)
        if (network_holds(special[i], address))
            return false;
    return true;
}

bool guard_admits(struct carillon_str address, const struct cidr *allow, size_t allow_count)
{
    return is_public(address) || cidr_contains(allow, allow_count, address);
}

bool guard_admits_socket(const struct sockaddr *address, const struct cidr *allow, size_t allow_count)
{
    char text[ADDRESS_TEXT_MAX];
    const void *bytes = NULL;
    if (address->sa_family == AF_INET)
        bytes = &((const struct sockaddr_in *)address)->sin_addr;
    else if (address->sa_family == AF_INET6)
        bytes = &((const struct sockaddr_in6 *)address)->sin6_addr;
    if (!bytes || !inet_ntop(address->sa_family, bytes, text, sizeof text))
        return false;
    return guard_admits((struct carillon_str){ text, strlen(text) }, allow, allow_count);
}
