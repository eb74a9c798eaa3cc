/* transport.c
 * Do client and server meet on the transport that section 2 demands?
 *
 * All this holds for a whole connection and is said once, on the first PDU that shows it. A bind without
 * a security trailer shows nothing yet, as an alter_context may bring security later: the first call
 * that goes unprotected does. Sealed calls cannot be read without a key, but their binds tell.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rpc/wire.h"
#include "rules/way.h"

static const char *kind_of(const cmrp_way *way)
{
    return way->bind ? "bind" : "call";
}

/* ---------------------------------------------------------------- the interface */

static cmrp_verdict unknown_version(cmrp_way *way)
{
    if ((way->bind->major == 2 || way->bind->major == 3) && way->bind->minor == 0)
        return CMRP_KEPT;
    return way_broken(way, "this bind asks for %u.%u.", way->bind->major, way->bind->minor);
}

static cmrp_verdict wrong_protocol(cmrp_way *way)
{
    const port_type type = way->pinfo->ptype;

    if (wire_is_pipe(way->pinfo))
        return way_broken(way, "this call comes through a named pipe.");
    /* A PDU that was exported to a file of its own may not tell. */
    if (type != PT_TCP && type != PT_UDP)
        return CMRP_UNDECIDED;
    if (way->version == 2)
        return type == PT_UDP ? CMRP_KEPT
                              : way_broken(way, "this call of version 2.0 comes by TCP.");
    return type == PT_TCP ? CMRP_KEPT : way_broken(way, "this call of version 3.0 comes by UDP.");
}

static cmrp_verdict is_big_endian(cmrp_way *way)
{
    return way->big_endian ? way_broken(way, "this PDU is big-endian.") : CMRP_KEPT;
}

static cmrp_verdict syntax_refused(cmrp_way *way)
{
    const cmrp_offer *offer = &way->bind->offer;
    const uint32_t offered = offer->ndr | offer->ndr64;

    /* With both on offer the server may pick; in an alter_context one is agreed already. */
    if (way->bind->alters || offered == 0 || (offer->ndr != 0 && offer->ndr64 != 0) ||
        (offered & ~way->bind->results.refused) != 0)
        return CMRP_UNDECIDED;
    return way_broken(way, "%s alone was offered, and refused.", offer->ndr != 0 ? "NDR" : "NDR64");
}

/* ---------------------------------------------------------------- version 3.0: privacy, SPNEGO */

static cmrp_verdict level_too_low(cmrp_way *way)
{
    if (way->version != 3 || !way->auth_known)
        return CMRP_UNDECIDED;
    if (way->auth.auth_level >= CMRP_LEVEL_PRIVACY)
        return CMRP_KEPT;
    return way_broken(way, "this %s asks for level %u (%s).", kind_of(way), way->auth.auth_level,
                      auth_level_name(way->auth.auth_level));
}

static cmrp_verdict level_served(cmrp_way *way)
{
    /* Servers built to older revisions may have been content with packet integrity. */
    if (way->version != 3 || !way->auth_known || way->auth.auth_level == CMRP_LEVEL_INTEGRITY)
        return CMRP_UNDECIDED;
    if (way->auth.auth_level >= CMRP_LEVEL_PRIVACY)
        return CMRP_KEPT;
    return way_broken(way, "this answer goes at level %u (%s).", way->auth.auth_level,
                      auth_level_name(way->auth.auth_level));
}

static cmrp_verdict not_spnego(cmrp_way *way)
{
    if (way->version != 3 || !way->auth_known || way->auth.auth_type == CMRP_AUTHN_NONE)
        return CMRP_UNDECIDED;
    if (way->auth.auth_type == CMRP_AUTHN_SPNEGO)
        return CMRP_KEPT;
    return way_broken(way, "this PDU names service %u.", way->auth.auth_type);
}

static cmrp_verdict wrong_service(cmrp_way *way)
{
    static const char expected[] = "MSServerClusterMgmtAPI/";

    if (way->version != 3 || !way->bind->has_ticket || way->bind->ticket.service == NULL)
        return CMRP_UNDECIDED;
    if (g_ascii_strncasecmp(way->bind->ticket.service, expected, sizeof(expected) - 1) == 0)
        return CMRP_KEPT;
    return way_broken(way, "this ticket is for \"%s\".",
                      format_text(way->pinfo->pool, way->bind->ticket.service,
                                  strlen(way->bind->ticket.service)));
}

static cmrp_verdict not_mutual(cmrp_way *way)
{
    if (way->version != 3 || !way->bind->has_ticket)
        return CMRP_UNDECIDED;
    return way->bind->ticket.mutual ? CMRP_KEPT : way_broken(way, "this one does not ask.");
}

/* ---------------------------------------------------------------- version 2.0: NTLM */

static bool is_read_datagram(const cmrp_way *way)
{
    return way->version == 2 && way->pinfo->ptype == PT_UDP && way->auth_known;
}

static cmrp_verdict datagram_unprotected(cmrp_way *way)
{
    if (!is_read_datagram(way))
        return CMRP_UNDECIDED;
    /* The default level is as good as RPC_C_AUTHN_LEVEL_CONNECT (MS-RPCE 2.2.1.1.8). */
    if (way->auth.auth_type != CMRP_AUTHN_NONE && way->auth.auth_level != CMRP_LEVEL_NONE)
        return CMRP_KEPT;
    return way_broken(way, "this call goes unauthenticated.");
}

static cmrp_verdict datagram_no_integrity(cmrp_way *way)
{
    if (!is_read_datagram(way) || way->auth.auth_type == CMRP_AUTHN_NONE)
        return CMRP_UNDECIDED;
    if (way->auth.auth_level >= CMRP_LEVEL_INTEGRITY)
        return CMRP_KEPT;
    return way_broken(way, "this %s asks for level %u (%s).", kind_of(way), way->auth.auth_level,
                      auth_level_name(way->auth.auth_level));
}

static cmrp_verdict datagram_not_ntlm(cmrp_way *way)
{
    if (!is_read_datagram(way) || way->auth.auth_type == CMRP_AUTHN_NONE)
        return CMRP_UNDECIDED;
    if (way->auth.auth_type == CMRP_AUTHN_NTLM || way->auth.auth_type == CMRP_AUTHN_DEFAULT)
        return CMRP_KEPT;
    return way_broken(way, "this PDU names service %u.", way->auth.auth_type);
}

static cmrp_verdict password_in_the_clear(cmrp_way *way)
{
    if (!way->sets_password || !is_read_datagram(way))
        return CMRP_UNDECIDED;
    if (way->auth.auth_level >= CMRP_LEVEL_PRIVACY)
        return CMRP_KEPT;
    return way_broken(way, "this password goes at level %u (%s).", way->auth.auth_level,
                      auth_level_name(way->auth.auth_level));
}

const cmrp_rule rules_transport[] = {
    {
        .id = "transport-unknown-version",
        .requirements = "T-01",
        .section = "2.1",
        .party = "client",
        .level = CMRP_MUST,
        .text = "Client must ask for version 2.0 or 3.0 of the interface.",
        .on = CMRP_ON_BIND,
        .check_way = unknown_version,
    },
    {
        .id = "transport-wrong-protocol",
        .requirements = "T-02, T-03",
        .section = "2.1",
        .party = "both",
        .level = CMRP_MUST,
        .text = "Client and server must speak version 2.0 over UDP and version 3.0 over TCP.",
        .on = CMRP_ON_REQUEST,
        .check_way = wrong_protocol,
        .first_decides = true,
    },
    {
        .id = "transport-level",
        .requirements = "T-04",
        .section = "2.1",
        .party = "client",
        .level = CMRP_MUST,
        .text = "Client must ask for packet privacy (level 6).",
        .on = CMRP_ON_BIND | CMRP_ON_REQUEST,
        .check_way = level_too_low,
    },
    {
        .id = "transport-level-served",
        .requirements = "T-05",
        .section = "2.1",
        .party = "server",
        .level = CMRP_MUST,
        .text =
            "Server must refuse clients of version 3.0 that do not use packet privacy (level 6).",
        .on = CMRP_ON_RESPONSE,
        .check_way = level_served,
    },
    {
        .id = "transport-not-spnego",
        .requirements = "T-06",
        .section = "2.1",
        .party = "client",
        .level = CMRP_MUST,
        .text = "Client must authenticate itself in version 3.0 by SPNEGO (service 9).",
        .on = CMRP_ON_BIND | CMRP_ON_REQUEST,
        .check_way = not_spnego,
    },
    {
        .id = "transport-service-name",
        .requirements = "T-07",
        .section = "2.1",
        .party = "client",
        .level = CMRP_MUST,
        .text = "Client must name a service that begins with \"MSServerClusterMgmtAPI/\".",
        .on = CMRP_ON_BIND,
        .check_way = wrong_service,
    },
    {
        .id = "transport-not-mutual",
        .requirements = "T-08",
        .section = "2.1",
        .party = "client",
        .level = CMRP_MUST,
        .text = "Client must ask for mutual authentication if it names a service.",
        .on = CMRP_ON_BIND,
        .check_way = not_mutual,
    },
    {
        .id = "transport-datagram-unauthenticated",
        .requirements = "T-09",
        .section = "2.1",
        .party = "client",
        .level = CMRP_MUST,
        .text = "Client must authenticate itself in version 2.0.",
        .on = CMRP_ON_REQUEST,
        .check_way = datagram_unprotected,
    },
    {
        .id = "transport-datagram-level",
        .requirements = "T-09",
        .section = "2.1",
        .party = "client",
        .level = CMRP_SHOULD,
        .text = "Client should ask for packet integrity (level 5) or more in version 2.0.",
        .on = CMRP_ON_REQUEST,
        .check_way = datagram_no_integrity,
    },
    {
        .id = "transport-datagram-not-ntlm",
        .requirements = "T-09",
        .section = "2.1",
        .party = "client",
        .level = CMRP_MUST,
        .text = "Client must authenticate itself in version 2.0 by NTLM (service 10).",
        .on = CMRP_ON_REQUEST,
        .check_way = datagram_not_ntlm,
    },
    {
        .id = "transport-password-unsealed",
        .requirements = "T-09",
        .section = "2.1",
        .party = "client",
        .level = CMRP_MUST,
        .text = "Client must set a password with packet privacy (level 6).",
        .on = CMRP_ON_REQUEST,
        .check_way = password_in_the_clear,
    },
    {
        .id = "transport-syntax-refused",
        .requirements = "T-10",
        .section = "2.2",
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must support both NDR and NDR64 in version 3.0.",
        .on = CMRP_ON_BIND_ACK,
        .check_way = syntax_refused,
    },
    {
        .id = "transport-big-endian",
        .requirements = "T-11",
        .section = "2.2",
        .party = "both",
        .level = CMRP_MUST,
        .text = "Sender must use little-endian data representation.",
        .on = CMRP_ON_REQUEST | CMRP_ON_RESPONSE,
        .check_way = is_big_endian,
    },
    CMRP_RULES_END,
};
