#include "app/quarantine.h"

#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/utf8.h"
#include "sinks/base64.h"

struct counter quarantine_stats[QUARANTINE_STATS] = {
    [QUARANTINE_FILES] = {.name = "tocsin_quarantine_files_total",
	.help = "Quarantine files written."},
    [QUARANTINE_LEFT_OUT] = {.name = "tocsin_quarantine_left_out_total",
	.help = "Rejects not written to quarantine: too many in one entry; "
		"the journal still holds them."},
    [QUARANTINE_FAILED] = {.name = "tocsin_quarantine_failed_total",
	.help = "Quarantine files that could not be written."}};

/* The refused bytes, cut to the limit but not inside a character. */
static struct span
quarantine_bytes(
    const struct entry *entry, const struct reject *reject, bool *text)
{
	struct span bytes = {"", 0};

	if (reject->record < entry->nrecords &&
	    reject->offset < entry->records[reject->record].len) {
		bytes = entry->records[reject->record];
		bytes = span_make(
		    bytes.at + reject->offset, bytes.len - reject->offset);
	}
	if (reject->len < bytes.len)
		bytes.len = reject->len;
	*text = utf8_valid(bytes);
	if (bytes.len <= LIMIT_QUARANTINE_BYTES)
		return bytes;
	bytes.len = LIMIT_QUARANTINE_BYTES;
	for (unsigned i = 0; *text && i < 4 && !utf8_valid(bytes); i++)
		bytes.len--;
	return bytes;
}

static void
quarantine_print_one(struct buf *out, const struct entry *entry,
    const struct reject *reject, const char *time)
{
	bool text;
	struct span bytes = quarantine_bytes(entry, reject, &text);

	buf_printf(out, "{\"seq\":%llu,\"time\":\"%s\",\"source\":",
	    (unsigned long long)entry->seq, time);
	buf_json(out, entry->source);
	buf_text(out, ",\"request_id\":");
	buf_json(out, entry->request_id);
	buf_printf(out,
	    ",\"record\":%zu,\"item\":%zu,\"offset\":%zu,\"bytes\":%zu,"
	    "\"reason\":",
	    reject->record, reject->item, reject->offset, reject->len);
	buf_json_text(out, reject->reason);
	buf_printf(
	    out, ",\"encoding\":\"%s\",\"data\":", text ? "text" : "base64");
	if (text) {
		buf_json(out, bytes);
	} else {
		buf_byte(out, '"');
		base64_print(out, bytes);
		buf_byte(out, '"');
	}
	buf_text(out, "}\n");
}

size_t
quarantine_print(
    struct buf *out, const struct entry *entry, const struct outcome *outcome)
{
	char time[TEXT_TIME_SIZE];

	text_time(time, entry->arrival_ms);
	for (size_t i = 0; i < outcome->nrejects; i++) {
		quarantine_print_one(out, entry, &outcome->rejects[i], time);
		/* Some bytes of input must not fill the disk. */
		if ((long long)out->len > LIMIT_QUARANTINE_FILE)
			return i + 1;
	}
	return outcome->nrejects;
}

enum rc
quarantine_write(const char *folder, const struct entry *entry,
    const struct outcome *outcome, struct err *err)
{
	struct buf out = {0};
	char path[4096];
	size_t written;
	enum rc rc;

	if (outcome->nrejects == 0)
		return RC_OK;
	snprintf(path, sizeof(path), "%s/%020llu.jsonl", folder,
	    (unsigned long long)entry->seq);
	if (access(path, F_OK) == 0)
		return RC_OK;
	written = quarantine_print(&out, entry, outcome);
	counter_add(&quarantine_stats[QUARANTINE_LEFT_OUT],
	    (int64_t)(outcome->nrejects + outcome->nrejects_over - written));
	rc = file_replace(path, buf_span(&out), err);
	buf_fini(&out);
	counter_add(&quarantine_stats[rc == RC_OK ? QUARANTINE_FILES
						  : QUARANTINE_FAILED],
	    1);
	return rc;
}
