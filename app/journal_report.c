#include "app/journal_report.h"

#include <stdio.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/text.h"
#include "journal/checkpoint.h"
#include "journal/repair.h"

struct journal_report {
	struct buf out, damage;
	bool *damaged;
};

void
journal_report_damage(struct buf *list, const char *path, uint64_t offset,
    bool torn, const char *reason)
{
	fprintf(stderr, "%s: offset %llu: %s%s\n", path,
	    (unsigned long long)offset, reason,
	    torn ? "; torn: nothing sound is behind it" : "");
	if (list->len > 0)
		buf_byte(list, ',');
	buf_printf(list, "{\"offset\":%llu,\"torn\":%s,\"reason\":",
	    (unsigned long long)offset, torn ? "true" : "false");
	buf_json_text(list, reason);
	buf_byte(list, '}');
}

void
journal_report_time(struct buf *out, const char *key, int64_t ms)
{
	char text[TEXT_TIME_SIZE];

	text_time(text, ms);
	buf_printf(out, ",\"%s\":\"%s\"", key, text);
}

/* Ends an object with its damage, and prints it. */
static void
report_end(struct journal_report *report)
{
	buf_text(&report->out, ",\"damage\":[");
	buf_span_put(&report->out, buf_span(&report->damage));
	buf_text(&report->out, "]}\n");
	fputs(buf_cstr(&report->out), stdout);
	buf_clear(&report->out);
	buf_clear(&report->damage);
}

static void
report_fini(struct journal_report *report)
{
	buf_fini(&report->out);
	buf_fini(&report->damage);
}

static void
report_damage(void *cookie, const struct reader_damage *damage)
{
	struct journal_report *report = cookie;

	*report->damaged = true;
	journal_report_damage(&report->damage, damage->path, damage->offset,
	    damage->torn, damage->reason);
}

static void
report_segment(void *cookie, const struct repair_segment *segment)
{
	struct journal_report *report = cookie;
	struct buf *out = &report->out;

	buf_text(out, "{\"file\":");
	buf_json_text(out, segment->path);
	buf_printf(out, ",\"first\":%llu,\"last\":%llu",
	    (unsigned long long)segment->first_seq,
	    (unsigned long long)segment->last_seq);
	if (segment->entries > 0) {
		journal_report_time(out, "from", segment->first_ms);
		journal_report_time(out, "to", segment->last_ms);
	}
	buf_printf(out, ",\"entries\":%llu,\"bytes\":%llu,\"copied\":%llu",
	    (unsigned long long)segment->entries,
	    (unsigned long long)segment->bytes,
	    (unsigned long long)segment->bytes_copied);
	report_end(report);
}

enum rc
journal_report_repair(
    const char *from, const char *to, bool *damaged, struct err *err)
{
	struct journal_report report = {.damaged = damaged};
	const struct repair_calls calls = {
	    report_damage, report_segment, &report};
	enum rc rc = repair_folder(from, to, &calls, err);

	report_fini(&report);
	return rc;
}

static void
report_checkpoint(struct journal_report *report, const char *folder,
    const struct checkpoint *checkpoint, const char *reason)
{
	static const char *const names[CHECKPOINT_PARTS] = {
	    "journal", "engine", "config", "notifier", "transitions"};
	struct buf *out = &report->out;
	char path[4096 + 64];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%020llu.checkpoint", folder,
	    (unsigned long long)checkpoint->seq);
	buf_text(out, "{\"file\":");
	buf_json_text(out, path);
	buf_printf(out, ",\"last\":%llu,\"bytes\":%lld",
	    (unsigned long long)checkpoint->seq,
	    stat(path, &st) == 0 ? (long long)st.st_size : 0LL);
	for (size_t i = 0; i < CHECKPOINT_PARTS && reason == NULL; i++)
		buf_printf(out, "%s\"%s\":%zu%s", i == 0 ? ",\"parts\":{" : ",",
		    names[i], checkpoint->parts[i].len,
		    i + 1 == CHECKPOINT_PARTS ? "}" : "");
	if (reason != NULL) {
		*report->damaged = true;
		journal_report_damage(&report->damage, path, 0, false, reason);
	}
	report_end(report);
}

enum rc
journal_report_checkpoints(const char *data, bool *damaged, struct err *err)
{
	struct journal_report report = {.damaged = damaged};
	struct checkpoint checkpoint;
	uint64_t before = UINT64_MAX;
	char folder[4096];
	enum rc rc = RC_OK;

	if ((size_t)snprintf(folder, sizeof(folder), "%s/checkpoint", data) >=
		sizeof(folder) ||
	    !file_is_folder(folder))
		return RC_OK;
	while (rc == RC_OK || rc == RC_REJECT) {
		rc = checkpoint_read(folder, before, &checkpoint, err);
		if (rc != RC_OK && rc != RC_REJECT)
			break;
		before = checkpoint.seq;
		report_checkpoint(&report, folder, &checkpoint,
		    rc == RC_OK ? NULL : err->text);
		checkpoint_fini(&checkpoint);
	}
	report_fini(&report);
	return rc == RC_AGAIN ? RC_OK : rc;
}
