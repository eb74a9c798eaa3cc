/* keys.c
 * Which key would open what a connection has sealed, and who has it?
 *
 * What NTLM seals is opened by the password of the user, what Kerberos seals by the key of the account that holds the
 * service's principal. Both names stand in the clear when a security context is made. If that was not seen, or came
 * with a bind that the plugin did not follow, the PDU still tells which of the two has sealed it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rpc/keys.h"

#include "base/bounds.h"
#include "base/strings.h"
#include "rpc/kerberos.h"
#include "rpc/ntlm.h"
#include "rpc/wire.h"

/** A security context. */
typedef struct {
    uint32_t id;
    const char *user;    /**< of NTLM; NULL: not known */
    const char *service; /**< of Kerberos, its principal; likewise */
    bool opened;         /**< a PDU of it was opened */
    bool told;           /**< keys_missed() said what it takes */
} security;

/** Of one connection. File scope. */
struct cmrp_keys {
    security of[CMRP_MAX_SECURITIES];
    unsigned count;
};

/** What is known of a security context. The last one of too many stands for all that follow. */
static security *find(cmrp_connection *connection, uint32_t id)
{
    struct cmrp_keys *keys = connection->keys;

    if (keys == NULL)
        keys = connection->keys = wmem_new0(wmem_file_scope(), struct cmrp_keys);
    for (unsigned i = 0; i < keys->count; i++) {
        if (keys->of[i].id == id)
            return &keys->of[i];
    }
    if (keys->count < CMRP_MAX_SECURITIES)
        keys->of[keys->count++].id = id;
    return &keys->of[keys->count - 1];
}

/* ---------------------------------------------------------------- who authenticates */

/** A name from the capture, kept: without characters that nobody can see. */
static const char *keep(wmem_allocator_t *pool, const char *name)
{
    return string_intern(format_text(pool, name, strlen(name)))->utf8;
}

static void learn_from_token(security *s, wmem_allocator_t *pool, const uint8_t *token,
                             uint32_t length)
{
    const char *user = ntlm_read_user(pool, token, length);
    cmrp_ticket ticket;

    if (user) {
        s->user = keep(pool, user);
    } else if (kerberos_read_request(pool, token, length, &ticket) && ticket.service) {
        s->service =
            keep(pool, ticket.realm ? wmem_strconcat(pool, ticket.service, "@", ticket.realm, NULL)
                                    : ticket.service);
    }
}

void keys_learn(cmrp_connection *connection, wmem_allocator_t *pool, const uint8_t *pdu,
                uint32_t length)
{
    uint32_t token;
    const uint8_t *trailer = wire_trailer(pdu, length, WIRE_CO_HEADER, &token);

    if (trailer && (pdu[2] == WIRE_BIND || pdu[2] == WIRE_ALTER_CONTEXT || pdu[2] == WIRE_AUTH3))
        learn_from_token(find(connection, wire_trailer_context(pdu, trailer)), pool,
                         trailer + WIRE_TRAILER, token);
}

/* ---------------------------------------------------------------- what it takes */

void keys_opened(cmrp_connection *connection, const cmrp_auth *auth)
{
    find(connection, auth->context)->opened = true;
}

static bool is_ntlm(const cmrp_auth *auth)
{
    return auth->ntlm || auth->auth_type == CMRP_AUTHN_NTLM;
}

static bool is_kerberos(const cmrp_auth *auth)
{
    return auth->auth_type == CMRP_AUTHN_SPNEGO || auth->auth_type == CMRP_AUTHN_KERBEROS;
}

static const char *say(const security *s, wmem_allocator_t *pool, const cmrp_auth *auth)
{
    if (s->opened)
        return "others of this connection were opened: this one is beyond Wireshark.";
    /* The name comes last, for Wireshark cuts what is too long. */
    if (is_ntlm(auth))
        return wmem_strdup_printf(pool,
                                  "a password does (Preferences > Protocols > NTLMSSP; tshark -o "
                                  "ntlmssp.nt_password:PASSWORD): that of %s.",
                                  s->user == NULL    ? "the user"
                                  : *s->user == '\0' ? "an anonymous user"
                                                     : s->user);
    if (is_kerberos(auth))
        return wmem_strdup_printf(pool,
                                  "a keytab does (Preferences > Protocols > KRB5; tshark -o "
                                  "kerberos.decrypt:TRUE -K FILE): that of the account which holds "
                                  "%s.",
                                  s->service ? s->service : "the service principal");
    return wmem_strdup_printf(pool, "Wireshark has none for authentication service %u.",
                              auth->auth_type);
}

const char *keys_missed(cmrp_connection *connection, wmem_allocator_t *pool, const cmrp_auth *auth)
{
    security *s = find(connection, auth->context);

    if (s->told)
        return NULL;
    s->told = true;
    return say(s, pool, auth);
}
