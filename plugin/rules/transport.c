/* transport.c
 * Do client and server meet on the transport that section 2 demands?
 *
 * All this holds for a whole connection and is said once, on the first PDU that shows it. A bind without
 * a security trailer shows nothing yet, as an alter_context may bring security later: the first call
 * that goes unprotected does. Sealed calls cannot be read without a key, but their binds tell.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/case.h"

#include "rpc/auth.h"

/** The interface's version that a PDU goes by. */
static unsigned version_of(const cmrp_case *c)
{
    return c->bind ? c->bind->major : c->method->version;
}

/** What protects the PDU. False if the capture does not tell. */
static bool protection_of(const cmrp_case *c, cmrp_auth *auth)
{
    if (c->bind == NULL)
        return auth_read(c->context, auth);
    *auth = (cmrp_auth){ c->bind->security.auth_type, c->bind->security.auth_level };
    return c->bind->protected;
}

uint32_t checks_way_of(const cmrp_context *context)
{
    const cmrp_pdu *pdu = context->pdu;
    cmrp_auth auth = { 0 };
    const bool known = auth_read(context, &auth);

    return 1U << 31 | (uint32_t)(pdu->method->opnum == CMRP_OP_ApiSetServiceAccountPassword) << 24 |
           (uint32_t)pdu->method->version << 20 | (uint32_t)known << 17 |
           (uint32_t)pdu->big_endian << 16 | (uint32_t)auth.auth_type << 8 | auth.auth_level;
}

/* ---------------------------------------------------------------- the interface */

static cmrp_verdict unknown_version(cmrp_case *c)
{
    if ((c->bind->major == 2 || c->bind->major == 3) && c->bind->minor == 0)
        return CMRP_KEPT;
    return check_broken(c, CMRP_NO_PARAM, "This one asks for %u.%u.", c->bind->major,
                        c->bind->minor);
}

static cmrp_verdict wrong_protocol(cmrp_case *c)
{
    const port_type type = c->context->pinfo->ptype;

    if (auth_is_pipe(c->context->pinfo))
        return check_broken(c, CMRP_NO_PARAM, "This call comes through a named pipe.");
    /* A PDU that was exported to a file of its own may not tell. */
    if (type != PT_TCP && type != PT_UDP)
        return CMRP_UNDECIDED;
    if (version_of(c) == 2)
        return type == PT_UDP ? CMRP_KEPT
                              : check_broken(c, CMRP_NO_PARAM, "This call comes by TCP.");
    return type == PT_TCP ? CMRP_KEPT : check_broken(c, CMRP_NO_PARAM, "This call comes by UDP.");
}

static cmrp_verdict big_endian(cmrp_case *c)
{
    return c->pdu->big_endian ? check_broken(c, CMRP_NO_PARAM, "This PDU is big-endian.")
                              : CMRP_KEPT;
}

static cmrp_verdict syntax_refused(cmrp_case *c)
{
    const cmrp_offer *offer = &c->context->connection->offer;
    const uint32_t offered = offer->ndr | offer->ndr64;

    /* With both on offer the server may pick; in an alter_context one is agreed already. */
    if (c->bind->alters || offered == 0 || (offer->ndr != 0 && offer->ndr64 != 0) ||
        (offered & ~c->bind->refused) != 0)
        return CMRP_UNDECIDED;
    return check_broken(c, CMRP_NO_PARAM, "%s alone was offered, and refused.",
                        offer->ndr != 0 ? "NDR" : "NDR64");
}

/* ---------------------------------------------------------------- version 3.0: privacy, SPNEGO */

static cmrp_verdict level_too_low(cmrp_case *c)
{
    cmrp_auth auth;

    if (version_of(c) != 3 || !protection_of(c, &auth))
        return CMRP_UNDECIDED;
    if (auth.auth_level >= CMRP_LEVEL_PRIVACY)
        return CMRP_KEPT;
    c->context->connection->unprotected = auth.auth_type == CMRP_AUTHN_NONE;
    return check_broken(c, CMRP_NO_PARAM, "This is %s.", auth_level_name(auth.auth_level));
}

static cmrp_verdict level_served(cmrp_case *c)
{
    cmrp_auth auth;

    /* Servers built to older revisions may have been content with packet integrity. */
    if (version_of(c) != 3 || !protection_of(c, &auth) || auth.auth_level == CMRP_LEVEL_INTEGRITY)
        return CMRP_UNDECIDED;
    if (auth.auth_level >= CMRP_LEVEL_PRIVACY)
        return CMRP_KEPT;
    return check_broken(c, CMRP_NO_PARAM, "This answer goes at %s.",
                        auth_level_name(auth.auth_level));
}

static cmrp_verdict not_spnego(cmrp_case *c)
{
    cmrp_auth auth;

    /* Calls without authentication have no service: not worth looking at each of them. */
    if (version_of(c) != 3 || c->context->connection->unprotected || !protection_of(c, &auth) ||
        auth.auth_type == CMRP_AUTHN_NONE)
        return CMRP_UNDECIDED;
    if (auth.auth_type == CMRP_AUTHN_SPNEGO)
        return CMRP_KEPT;
    return check_broken(c, CMRP_NO_PARAM, "This one is number %u.", auth.auth_type);
}

static cmrp_verdict wrong_service(cmrp_case *c)
{
    static const char expected[] = "MSServerClusterMgmtAPI/";

    if (version_of(c) != 3 || !c->bind->has_ticket || c->bind->service == NULL)
        return CMRP_UNDECIDED;
    if (g_ascii_strncasecmp(c->bind->service, expected, sizeof(expected) - 1) == 0)
        return CMRP_KEPT;
    return check_broken(
        c, CMRP_NO_PARAM, "This ticket is for \"%s\".",
        format_text(c->context->pinfo->pool, c->bind->service, strlen(c->bind->service)));
}

static cmrp_verdict not_mutual(cmrp_case *c)
{
    if (version_of(c) != 3 || !c->bind->has_ticket)
        return CMRP_UNDECIDED;
    return c->bind->mutual ? CMRP_KEPT
                           : check_broken(c, CMRP_NO_PARAM, "This client does not ask for it.");
}

/* ---------------------------------------------------------------- version 2.0: NTLM */

static bool read_datagram(const cmrp_case *c, cmrp_auth *auth)
{
    return version_of(c) == 2 && c->context->pinfo->ptype == PT_UDP && protection_of(c, auth);
}

static cmrp_verdict datagram_unprotected(cmrp_case *c)
{
    cmrp_auth auth;

    if (!read_datagram(c, &auth))
        return CMRP_UNDECIDED;
    /* The default level is as good as RPC_C_AUTHN_LEVEL_CONNECT (MS-RPCE 2.2.1.1.8). */
    if (auth.auth_type != CMRP_AUTHN_NONE && auth.auth_level != CMRP_LEVEL_NONE)
        return CMRP_KEPT;
    return check_broken(c, CMRP_NO_PARAM, "This call goes unauthenticated.");
}

static cmrp_verdict datagram_no_integrity(cmrp_case *c)
{
    cmrp_auth auth;

    if (!read_datagram(c, &auth) || auth.auth_type == CMRP_AUTHN_NONE)
        return CMRP_UNDECIDED;
    if (auth.auth_level >= CMRP_LEVEL_INTEGRITY)
        return CMRP_KEPT;
    return check_broken(c, CMRP_NO_PARAM, "This is %s.", auth_level_name(auth.auth_level));
}

static cmrp_verdict datagram_not_ntlm(cmrp_case *c)
{
    cmrp_auth auth;

    if (!read_datagram(c, &auth) || auth.auth_type == CMRP_AUTHN_NONE)
        return CMRP_UNDECIDED;
    if (auth.auth_type == CMRP_AUTHN_NTLM || auth.auth_type == CMRP_AUTHN_DEFAULT)
        return CMRP_KEPT;
    return check_broken(c, CMRP_NO_PARAM, "This one is number %u.", auth.auth_type);
}

static cmrp_verdict password_in_the_clear(cmrp_case *c)
{
    cmrp_auth auth;

    if (c->bind || c->method->opnum != CMRP_OP_ApiSetServiceAccountPassword ||
        !read_datagram(c, &auth))
        return CMRP_UNDECIDED;
    if (auth.auth_level >= CMRP_LEVEL_PRIVACY)
        return CMRP_KEPT;
    return check_broken(c, CMRP_NO_PARAM, "This password goes at %s.",
                        auth_level_name(auth.auth_level));
}

const cmrp_check checks_transport[] = {
    { { "transport-unknown-version", "T-01", "2.1", "client", CMRP_MUST,
        "The interface exists in versions 2.0 and 3.0." },
      CMRP_ON_BIND | CMRP_ONCE,
      NULL,
      unknown_version },
    { { "transport-wrong-protocol", "T-02, T-03", "2.1", "both", CMRP_MUST,
        "Version 2.0 runs over UDP, version 3.0 over TCP." },
      CMRP_ON_REQUEST | CMRP_FIRST,
      NULL,
      wrong_protocol },
    { { "transport-level", "T-04", "2.1", "client", CMRP_MUST,
        "A client of version 3.0 asks for packet privacy." },
      CMRP_ON_BIND | CMRP_ON_REQUEST | CMRP_ONCE,
      NULL,
      level_too_low },
    { { "transport-level-served", "T-05", "2.1", "server", CMRP_MUST,
        "A server of version 3.0 refuses clients that do not use packet privacy." },
      CMRP_ON_RESPONSE | CMRP_ONCE,
      NULL,
      level_served },
    { { "transport-not-spnego", "T-06", "2.1", "client", CMRP_MUST,
        "The authentication service of version 3.0 is SPNEGO." },
      CMRP_ON_BIND | CMRP_ON_REQUEST | CMRP_ONCE,
      NULL,
      not_spnego },
    { { "transport-service-name", "T-07", "2.1", "client", CMRP_MUST,
        "A service principal name begins with \"MSServerClusterMgmtAPI/\"." },
      CMRP_ON_BIND | CMRP_ONCE,
      NULL,
      wrong_service },
    { { "transport-not-mutual", "T-08", "2.1", "client", CMRP_MUST,
        "A client that names a service asks for mutual authentication." },
      CMRP_ON_BIND | CMRP_ONCE,
      NULL,
      not_mutual },
    { { "transport-datagram-unauthenticated", "T-09", "2.1", "client", CMRP_MUST,
        "A client of version 2.0 authenticates itself." },
      CMRP_ON_REQUEST | CMRP_ONCE,
      NULL,
      datagram_unprotected },
    { { "transport-datagram-level", "T-09", "2.1", "client", CMRP_SHOULD,
        "A client of version 2.0 asks for packet integrity." },
      CMRP_ON_REQUEST | CMRP_ONCE,
      NULL,
      datagram_no_integrity },
    { { "transport-datagram-not-ntlm", "T-09", "2.1", "client", CMRP_MUST,
        "The authentication service of version 2.0 is NTLM." },
      CMRP_ON_REQUEST | CMRP_ONCE,
      NULL,
      datagram_not_ntlm },
    { { "transport-password-unsealed", "T-09", "2.1", "client", CMRP_MUST,
        "A client of version 2.0 sets a password with packet privacy." },
      CMRP_ON_REQUEST | CMRP_ONCE,
      NULL,
      password_in_the_clear },
    { { "transport-syntax-refused", "T-10", "2.2", "server", CMRP_MUST,
        "A server of version 3.0 supports NDR and NDR64." },
      CMRP_ON_BIND_ACK | CMRP_ONCE,
      NULL,
      syntax_refused },
    { { "transport-big-endian", "T-11", "2.2", "both", CMRP_MUST,
        "The data representation is little-endian." },
      CMRP_ON_REQUEST | CMRP_ON_RESPONSE | CMRP_ONCE,
      NULL,
      big_endian },
    { { NULL, NULL, NULL, NULL, CMRP_CHAT, NULL }, 0, NULL, NULL },
};
