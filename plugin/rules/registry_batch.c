/* registry_batch.c
 * Does the server carry out a registry batch as it must (3.1.4.2.112, 3.1.4.2.141)?
 *
 * Whether a batch is well-formed is found by those who show it (buffers/registry_batch.c). Here a malformed one
 * decides nothing.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/case.h"

#include "base/cursor.h"

static cmrp_cursor batch_of(const cmrp_case *c, int param)
{
    const cmrp_value *value = &c->pdu->values[param];
    cmrp_cursor batch = { .data = c->pdu->data + value->offset, .length = value->length };

    return batch;
}

/** Steps over the head of a batch: its version (2.2.3.17). */
static bool begin(cmrp_cursor *batch)
{
    uint64_t version;

    return cursor_read(batch, 4, &version) && version == 1;
}

/** Reads one command (2.2.3.17.1). False at the end, and where the batch is malformed. */
static bool next_command(cmrp_cursor *batch, uint64_t *command)
{
    uint64_t type, name, data;

    if (!cursor_read(batch, 4, command) || !cursor_read(batch, 4, &type) ||
        !cursor_read(batch, 4, &name) || !cursor_need(batch, name))
        return false;
    batch->offset += name;
    if (!cursor_read(batch, 4, &data) || !cursor_need(batch, data))
        return false;
    batch->offset += data;
    if (batch->offset % 2 != 0 && batch->offset < batch->length)
        batch->offset++;
    return true;
}

static bool at_end(const cmrp_cursor *batch)
{
    return batch->offset == batch->length;
}

/* ---------------------------------------------------------------- changes */

static bool executes(const cmrp_method *method)
{
    return method->opnum == CMRP_OP_ApiExecuteBatch;
}

/** The number of the first command, from 1, that changes a value where no key is current; 0: none. */
static uint32_t find_keyless(cmrp_cursor batch)
{
    bool current = true;
    uint64_t command;

    if (!begin(&batch))
        return 0;
    for (uint32_t number = 1; !at_end(&batch) && next_command(&batch, &command); number++) {
        if (command == CMRP_CLUSREG_CREATE_KEY)
            current = true;
        else if (command == CMRP_CLUSREG_DELETE_KEY)
            current = false;
        else if ((command == CMRP_CLUSREG_SET_VALUE || command == CMRP_CLUSREG_DELETE_VALUE) &&
                 !current)
            return number;
    }
    return 0;
}

static cmrp_verdict keyless_command(cmrp_case *c)
{
    const int param = method_param_named(c->method, "lpData");
    uint32_t number;

    if (!c->pdu->response) {
        number = c->pdu->values[param].present ? find_keyless(batch_of(c, param)) : 0;
        if (number != 0)
            check_leave(c, number);
        return CMRP_KEPT;
    }
    if (!check_left(c, &number))
        return CMRP_KEPT;
    c->evidence[0] = c->request_frame;
    return check_broken(c, c->method->response[CMRP_ROLE_STATUS],
                        "command %u changes a value after a key was deleted.", number);
}

/* ---------------------------------------------------------------- reads */

static bool reads(const cmrp_method *method)
{
    return method->opnum == CMRP_OP_ApiExecuteReadBatch ||
           method->opnum == CMRP_OP_ApiExecuteReadBatchEx;
}

/** How many commands there are; -1 if the batch is malformed. *foreign: one of another kind is among them. */
static int64_t count_commands(cmrp_cursor batch, bool answers, bool *foreign)
{
    uint64_t command;
    int64_t count = 0;

    *foreign = false;
    if (!begin(&batch))
        return -1;
    while (!at_end(&batch)) {
        if (!next_command(&batch, &command))
            return -1;
        *foreign |= command != CMRP_CLUSREG_READ_KEY && command != CMRP_CLUSREG_READ_VALUE &&
                    !(answers && command == CMRP_CLUSREG_READ_ERROR);
        count++;
    }
    return count;
}

static cmrp_verdict answers(cmrp_case *c)
{
    const int param = method_param_named(c->method, c->pdu->response ? "lpOutData" : "lpInData");
    uint32_t asked;
    int64_t count;
    bool foreign;

    if (!c->pdu->values[param].present)
        return CMRP_UNDECIDED;
    count = count_commands(batch_of(c, param), c->pdu->response, &foreign);
    if (count < 0)
        return CMRP_UNDECIDED;
    if (!c->pdu->response) {
        if (!foreign)
            check_leave(c, (uint32_t)count);
        return CMRP_KEPT;
    }
    if (!check_left(c, &asked))
        return CMRP_UNDECIDED;
    c->evidence[0] = c->request_frame;
    if (count != asked)
        return check_broken(c, param, "%u commands were sent, and %" PRId64 " came back.", asked,
                            count);
    if (foreign)
        return check_broken(c, param, "one of them is of another kind.");
    return CMRP_KEPT;
}

/* ---------------------------------------------------------------- batch ports */

static bool waits_for_batch(const cmrp_method *method)
{
    return method->opnum == CMRP_OP_ApiGetBatchNotification;
}

static cmrp_verdict ended_early(cmrp_case *c)
{
    if (!c->has_status || c->status != CMRP_ERROR_NO_MORE_ITEMS)
        return CMRP_KEPT;
    if (c->verdicts[0] != CMRP_FIT || c->in[0]->closing || !check_sees_every_request(c))
        return CMRP_UNDECIDED;
    c->evidence[0] = c->in[0]->opened_in;
    return check_broken(c, c->method->response[CMRP_ROLE_STATUS],
                        "nobody asked to close this one.");
}

const cmrp_rule rules_registry_batch[] = {
    {
        .id = "registry-batch-malformed",
        .requirements = "Y-05",
        .section = "2.2.3.17",
        .party = "both",
        .level = CMRP_MUST,
        .text = "Sender must make a registry batch of version 1 and commands, each with its type, "
                "name and data.",
        .defect = CMRP_DEFECT_REGISTRY_BATCH_MALFORMED,
    },
    {
        .id = "registry-batch-without-key",
        .requirements = "Y-06",
        .section = "3.1.4.2.112",
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must refuse with ERROR_INVALID_PARAMETER a batch that changes a value "
                "between deleting a key and creating one.",
        .on = CMRP_ON_REQUEST | CMRP_ON_SUCCESS,
        .concerns = executes,
        .check = keyless_command,
    },
    {
        .id = "registry-read-batch-answers",
        .requirements = "Y-07",
        .section = "3.1.4.2.141",
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must give each command of a read batch one answer, the value or an error.",
        .on = CMRP_ON_REQUEST | CMRP_ON_SUCCESS,
        .concerns = reads,
        .check = answers,
    },
    {
        .id = "registry-batch-port-ended-early",
        .requirements = "Y-08",
        .section = "3.1.4.2.114",
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must end a wait for batches without one only if the port is closed.",
        .on = CMRP_ON_RESPONSE,
        .concerns = waits_for_batch,
        .check = ended_early,
    },
    CMRP_RULES_END,
};
