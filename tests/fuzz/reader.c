/* reader.c
 * Can a stub break the NDR reader or the decoders of byte arrays? The fuzzer of single stubs.
 *
 * The first byte is the opnum, the second says how (READER_x), four more are the control code that the request had,
 * and the rest is the stub. It is read without a tree and with one. Both must come to the same end, every
 * value must lie in the stub, and nothing may be thrown: these readers never ask Wireshark for bytes that are
 * not there.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "host.h"
#include "session.h"

#include "buffers/buffers.h"
#include "state/call.h"
#include "cmrp_tables.h"
#include "rules/ndr_findings.h"
#include "ndr/ndr.h"
#include "base/protocol.h"

#include <epan/exceptions.h>
#include <wiretap/wtap.h>

#define READER_VERSION_2 1
#define READER_RESPONSE 2
#define READER_BIG_ENDIAN 4
#define READER_NDR64 8

enum {
    READER_OPNUM,
    READER_HOW,
    READER_CODE,
    READER_STUB = READER_CODE + 4
};

/** Inputs that share a session of Wireshark. */
#define SESSION 1000

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t *input;
static cmrp_pdu last; /* as it was read the first time */
static bool again;

static bool is_same(const cmrp_pdu *a, const cmrp_pdu *b)
{
    return a->error == b->error && a->end == b->end && a->error_offset == b->error_offset &&
           a->error_needs == b->error_needs && a->breach_count == b->breach_count &&
           a->record_count == b->record_count;
}

static void check(const cmrp_pdu *pdu, uint32_t length)
{
    if (pdu->end > length || pdu->error_offset > length)
        g_error("The reader left the stub: %" PRIu64 " of %" PRIu32 " bytes.", pdu->end, length);
    for (unsigned i = 0; i < pdu->method->param_count; i++) {
        const cmrp_value *value = &pdu->values[i];

        if (value->present && (uint64_t)value->offset + value->length > length)
            g_error("The value %u does not lie in the stub.", i);
    }
    if (again && !is_same(pdu, &last))
        g_error("With a tree the stub is read differently.");
    last = *pdu;
}

static void read_stub(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
    const unsigned how = input[READER_HOW];
    const cmrp_interface *interface =
        &cmrp_interfaces[how & READER_VERSION_2 ? 0 : cmrp_interface_count - 1];
    const uint32_t length = tvb_captured_length(tvb);
    cmrp_call_extra extra = { .control_code = pletohu32(input + READER_CODE) };
    cmrp_call call = { .extra = &extra, .flags = CMRP_REQUEST_LEARNT };
    const cmrp_method *method = &interface->methods[input[READER_OPNUM] % interface->count];
    cmrp_pdu pdu = { .method = method,
                     .response = (how & READER_RESPONSE) != 0,
                     .syntax = how & READER_NDR64 ? CMRP_NDR64 : CMRP_NDR,
                     .big_endian = (how & READER_BIG_ENDIAN) != 0,
                     .tvb = tvb,
                     .data = length ? tvb_get_ptr(tvb, 0, (int)length) : (const uint8_t *)"" };
    const cmrp_context context = { .pinfo = pinfo, .call = &call, .pdu = &pdu };

    ndr_read_pdu(&pdu, length, pinfo, tree);
    check(&pdu, length);
    buffers_show(&context, tree);
    ndr_findings_show(&pdu, length, pinfo, tree);
}

static int dissect(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
    TRY
    {
        read_stub(tvb, pinfo, tree);
    }
    CATCH_ALL
    {
        g_error("An exception was thrown: %s", GET_MESSAGE ? GET_MESSAGE : "bounds");
    }
    ENDTRY;
    return (int)tvb_captured_length(tvb);
}

int LLVMFuzzerInitialize(int *argc _U_, char ***argv _U_)
{
    host_start();
    dissector_add_uint("wtap_encap", WTAP_ENCAP_USER0,
                       create_dissector_handle(dissect, proto_cmrp));
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static session *capture;
    static unsigned count;

    if (size < READER_STUB)
        return 0;
    if (capture && count++ % SESSION == 0) {
        session_close(capture);
        capture = NULL;
    }
    if (capture == NULL)
        capture = session_open();
    input = data;
    again = false;
    session_show(capture, WTAP_ENCAP_USER0, data + READER_STUB, size - READER_STUB, false);
    again = true;
    session_show(capture, WTAP_ENCAP_USER0, data + READER_STUB, size - READER_STUB, true);
    return 0;
}
