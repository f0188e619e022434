#include "source.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ENTRY_BYTES = 2 * NET_TEXT_BYTES };

/* ---- addresses ---- */

static bool read_ipv4(const char *text, uint32_t *value)
{
    struct in_addr in4;
    if (inet_pton(AF_INET, text, &in4) != 1)
        return false;
    *value = ntohl(in4.s_addr);
    return true;
}

static struct net_address ipv4_address(uint32_t value)
{
    struct net_address address = {.length = sizeof(struct sockaddr_in)};
    struct sockaddr_in *in4 = (struct sockaddr_in *)&address.storage;
    in4->sin_family = AF_INET;
    in4->sin_addr.s_addr = htonl(value);
    return address;
}

/* Not by inet_pton, which knows no zone, as in fe80::1%eth0. */
static bool read_ipv6(const char *text, struct net_address *address)
{
    struct addrinfo hints = {
        .ai_family = AF_INET6, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST};
    struct addrinfo *list;
    if (getaddrinfo(text, NULL, &hints, &list) != 0)
        return false;
    memset(address, 0, sizeof *address);
    memcpy(&address->storage, list->ai_addr, list->ai_addrlen);
    address->length = list->ai_addrlen;
    freeaddrinfo(list);
    return true;
}

/* False for addresses that stand for any machine or for many: nothing can come from them. */
static bool is_of_one_machine(const struct net_address *address)
{
    if (address->storage.ss_family == AF_INET6) {
        const struct in6_addr *in6 = &((const struct sockaddr_in6 *)&address->storage)->sin6_addr;
        return !IN6_IS_ADDR_UNSPECIFIED(in6) && !IN6_IS_ADDR_MULTICAST(in6);
    }
    uint32_t value = ntohl(((const struct sockaddr_in *)&address->storage)->sin_addr.s_addr);
    return value != INADDR_ANY && value < INADDR_UNSPEC_GROUP;
}

/* ---- the list ---- */

static bool append(struct source_list *s, const struct net_address *address,
                   char error[SOURCE_ERROR_BYTES])
{
    char text[NET_TEXT_BYTES];
    if (!is_of_one_machine(address)) {
        snprintf(error, SOURCE_ERROR_BYTES,
                 "must be addresses of this machine, which %s can never be",
                 net_host_text(address, text));
        return false;
    }
    if (s->count == SOURCE_MOST) {
        snprintf(error, SOURCE_ERROR_BYTES, "must be %d addresses at most", SOURCE_MOST);
        return false;
    }
    s->addresses[s->count++] = *address;
    return true;
}

static bool append_range(struct source_list *s, uint32_t first, uint32_t last,
                         char error[SOURCE_ERROR_BYTES])
{
    /* In 64 bits: 255.255.255.255 has no successor in 32. */
    for (uint64_t value = first; value <= last; value++) {
        struct net_address address = ipv4_address((uint32_t)value);
        if (!append(s, &address, error))
            return false;
    }
    return true;
}

/* What stands between two commas; the dash in it is overwritten. */
static bool append_entry(struct source_list *s, char *entry, char error[SOURCE_ERROR_BYTES])
{
    uint32_t first, last;
    struct net_address address;
    if (strchr(entry, ':') != NULL && read_ipv6(entry, &address))
        return append(s, &address, error);
    char *dash = strchr(entry, '-');
    if (dash == NULL && read_ipv4(entry, &first))
        return append_range(s, first, first, error);
    if (dash != NULL) {
        *dash = '\0';
        if (read_ipv4(entry, &first) && read_ipv4(dash + 1, &last) && first <= last)
            return append_range(s, first, last, error);
        *dash = '-';
    }
    snprintf(error, SOURCE_ERROR_BYTES,
             "must be numeric addresses or IPv4 ranges like 127.0.0.2-127.0.0.9 with commas "
             "between them: '%.60s' is neither",
             entry);
    return false;
}

static bool append_all(struct source_list *s, const char *text, char error[SOURCE_ERROR_BYTES])
{
    for (;;) {
        char entry[ENTRY_BYTES];
        size_t length = strcspn(text, ",");
        /* Cut where it is too long: no entry that is one fills the array. */
        snprintf(entry, sizeof entry, "%.*s", (int)(length < ENTRY_BYTES ? length : ENTRY_BYTES),
                 text);
        if (!append_entry(s, entry, error))
            return false;
        if (text[length] == '\0')
            return true;
        text += length + 1;
    }
}

bool source_parse(struct source_list *s, const char *text, char error[SOURCE_ERROR_BYTES])
{
    *s = (struct source_list){.addresses = calloc(SOURCE_MOST, sizeof *s->addresses)};
    if (s->addresses == NULL) {
        snprintf(error, SOURCE_ERROR_BYTES, "must be left out: there is no memory for it");
        return false;
    }
    bool good = append_all(s, text, error);
    if (!good)
        source_free(s);
    return good;
}

void source_free(struct source_list *s)
{
    free(s->addresses);
    *s = (struct source_list){0};
}

const struct net_address *source_of(const struct source_list *s, uint64_t number)
{
    return s->count > 0 ? &s->addresses[number % s->count] : NULL;
}

bool source_fits(const struct source_list *s, const struct net_address *target,
                 char error[SOURCE_ERROR_BYTES])
{
    sa_family_t family = target->storage.ss_family;
    for (size_t i = 0; i < s->count; i++) {
        char source[NET_TEXT_BYTES], host[NET_TEXT_BYTES];
        if (s->addresses[i].storage.ss_family == family)
            continue;
        snprintf(error, SOURCE_ERROR_BYTES,
                 "must be %s addresses, as the server's %s is: %s is not",
                 family == AF_INET6 ? "IPv6" : "IPv4", net_host_text(target, host),
                 net_host_text(&s->addresses[i], source));
        return false;
    }
    return true;
}
