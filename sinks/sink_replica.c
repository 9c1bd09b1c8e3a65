#include "sinks/sink_replica.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/log.h"
#include "journal/reader.h"
#include "sinks/firehose_request.h"

#define REPLICA_TIMEOUT_MS 60000

const struct option replica_options[] = {
    {"name", OPTION_TEXT, offsetof(struct replica_config, name), NULL, 0, 0,
	"name of the replica, in metrics, request ids and its position file"},
    {0}};

const struct option firehose_http_options[] = {
    {"url", OPTION_TEXT, offsetof(struct replica_config, url), NULL, 0, 0,
	"address of the receiver"},
    {"access_key_file", OPTION_PATH,
	offsetof(struct replica_config, access_key_file), NULL, 0, 0,
	"file whose first line is the access key to send"},
    {0}};

struct sink_replica {
	struct arena arena;
	struct http *http;
	struct span name;
	const char *url, *key_file, *journal_folder, *arn;
	struct journal *journal;
	struct delivery *delivery;
	struct buf key;

	struct reader *reader; /* NULL: opened behind the position */
	uint64_t expected;     /* the seq that must follow; 0: any */
	/* The entry being sent, and the part of it that is the item. */
	struct entry entry;
	bool has_entry;
	size_t first, count, part;
	struct buf id, body;
};

/* The first line that is not blank, without the space around it. */
static enum rc
replica_key_read(struct sink_replica *sink, struct err *err)
{
	struct buf text = {0};
	struct span line;
	enum rc rc;

	if (sink->key_file == NULL)
		return RC_OK;
	rc = file_read(sink->key_file, &text, err);
	line = buf_span(&text);
	while (line.len > 0 && line.at[0] <= ' ' && line.at[0] >= 0)
		line = span_make(line.at + 1, line.len - 1);
	for (size_t i = 0; i < line.len; i++)
		if (line.at[i] == '\n')
			line.len = i;
	while (line.len > 0 && line.at[line.len - 1] <= ' ' &&
	    line.at[line.len - 1] >= 0)
		line.len--;
	if (rc == RC_OK && (line.len == 0 || line.len > LIMIT_ACCESS_KEY))
		rc = err_set(err, RC_FATAL,
		    "%s: the first line must be an access key of 1 to %d bytes",
		    sink->key_file, LIMIT_ACCESS_KEY);
	if (rc == RC_OK) {
		buf_clear(&sink->key);
		buf_span_put(&sink->key, line);
	}
	buf_fini(&text);
	return rc;
}

/* The part of the entry from `first` on becomes the item. */
static void
replica_part(struct sink_replica *sink, struct delivery_item *item)
{
	const struct entry *entry = &sink->entry;
	bool whole, last;

	sink->count =
	    firehose_request_fit(entry, sink->first, LIMIT_BODY_PLAIN);
	whole = sink->count == entry->nrecords;
	last = sink->first + sink->count == entry->nrecords;
	buf_clear(&sink->id);
	firehose_request_id(&sink->id, sink->name, entry);
	if (!whole)
		buf_printf(&sink->id, "-%zu", ++sink->part);
	buf_clear(&sink->body);
	firehose_request_print(
	    &sink->body, buf_span(&sink->id), entry, sink->first, sink->count);
	sink->first += sink->count;
	item->seq = entry->seq;
	item->since_ms = entry->arrival_ms;
	item->reach = last ? entry->seq : entry->seq - 1;
	sink->has_entry = !last;
}

/* What retention removed before it was sent is a loss that must be seen. */
static bool
replica_gap(
    struct sink_replica *sink, struct delivery_item *item, struct err *err)
{
	uint64_t expected = sink->expected;

	sink->expected = sink->entry.seq + 1;
	if (expected == 0 || sink->entry.seq <= expected)
		return false;
	item->reach = sink->entry.seq - 1;
	err_set(err, RC_REJECT,
	    "entries %llu to %llu left the journal before they were sent; "
	    "keep more of it (journal: retain)",
	    (unsigned long long)expected, (unsigned long long)item->reach);
	return true;
}

/* Only when there is something to read: a new journal may have no segment. */
static enum rc
replica_open(struct sink_replica *sink, uint64_t after, struct err *err)
{
	if (sink->reader != NULL)
		return RC_OK;
	if (journal_last(sink->journal) <= after)
		return RC_AGAIN;
	sink->expected = after == 0 ? 0 : after + 1;
	return reader_open(&sink->reader, sink->journal_folder, after + 1, err);
}

/* A damaged place: told, and the entries in it are no gap any more. */
static enum rc
replica_damaged(struct sink_replica *sink, struct err *err)
{
	const struct reader_damage *damage = reader_damage(sink->reader);

	sink->expected = 0;
	if (damage == NULL)
		return RC_REJECT;
	return err_set(err, RC_REJECT, "%s is damaged at byte %llu: %s",
	    damage->path, (unsigned long long)damage->offset, damage->reason);
}

static enum rc
replica_next(
    void *cookie, uint64_t after, struct delivery_item *item, struct err *err)
{
	struct sink_replica *sink = cookie;
	enum rc rc = replica_open(sink, after, err);

	while (rc == RC_OK && !sink->has_entry) {
		reader_bound(sink->reader, journal_last(sink->journal));
		rc = reader_next(sink->reader, &sink->entry, err);
		if (rc == RC_REJECT)
			return replica_damaged(sink, err);
		if (rc != RC_OK)
			break;
		sink->has_entry =
		    sink->entry.kind == ENTRY_BATCH && sink->entry.nrecords > 0;
		sink->first = sink->part = 0;
		if (replica_gap(sink, item, err))
			return RC_REJECT;
		if (!sink->has_entry)
			item->reach = sink->entry.seq;
	}
	if (rc == RC_OK)
		replica_part(sink, item);
	else if (rc != RC_AGAIN && sink->reader != NULL)
		reader_close(&sink->reader);
	return rc;
}

static enum rc
replica_send(void *cookie, struct err *err)
{
	struct sink_replica *sink = cookie;
	const struct http_header headers[] = {
	    {"Content-Type", SPAN_OF("application/json")},
	    {"X-Amz-Firehose-Protocol-Version", SPAN_OF("1.0")},
	    {"X-Amz-Firehose-Request-Id", buf_span(&sink->id)},
	    {"X-Amz-Firehose-Source-Arn", span_text(sink->arn)},
	    {"X-Amz-Firehose-Access-Key", buf_span(&sink->key)}};
	const struct http_request request = {.method = "POST",
	    .url = sink->url,
	    .headers = headers,
	    .nheaders = sink->key_file == NULL ? 4 : 5,
	    .body = buf_span(&sink->body),
	    .timeout_ms = REPLICA_TIMEOUT_MS};
	struct http_answer answer = {0};
	struct err ignored;
	enum rc rc = http_send(sink->http, &request, &answer, err);

	if (rc == RC_OK)
		rc = firehose_answer(answer.status, buf_span(&answer.body),
		    buf_span(&sink->id), err);
	else /* the address or the key is bad, not this batch */
		rc = RC_RETRY;
	if (answer.status == 401 || answer.status == 403)
		replica_key_read(sink, &ignored);
	http_answer_fini(&answer);
	return rc;
}

/* The records stay in the journal; here is which they are. */
static void
replica_dead(void *cookie, struct buf *out)
{
	struct sink_replica *sink = cookie;

	buf_printf(out, "{\"seq\":%llu,\"requestId\":",
	    (unsigned long long)sink->entry.seq);
	buf_json(out, buf_span(&sink->id));
	buf_printf(out, ",\"first\":%zu,\"records\":%zu}",
	    sink->first - sink->count, sink->count);
}

static enum rc
replica_init(struct sink_replica *sink, const struct replica_config *config,
    const char *journal_folder, struct err *err)
{
	struct arena *arena = &sink->arena;

	arena_init(arena);
	sink->name = arena_copy(arena, config->name);
	sink->url = arena_text(arena, config->url);
	if (config->access_key_file.len > 0)
		sink->key_file = arena_text(arena, config->access_key_file);
	sink->journal_folder = arena_text(arena, span_text(journal_folder));
	sink->arn =
	    arena_printf(arena, "arn:aws:firehose:::deliverystream/tocsin-%.*s",
		SPAN_ARGS(config->name));
	if (config->name.len == 0)
		return err_set(
		    err, RC_FATAL, "sinks: replica: a replica needs a name");
	if (config->url.len == 0)
		return err_set(err, RC_FATAL,
		    "sinks: replica %.*s: firehose_http: url is missing",
		    SPAN_ARGS(config->name));
	/* It would stand in logs. */
	if (memchr(config->url.at, '@', config->url.len) != NULL)
		return err_set(err, RC_FATAL,
		    "sinks: replica %.*s: no user in the url, please; give "
		    "access_key_file",
		    SPAN_ARGS(config->name));
	return replica_key_read(sink, err);
}

enum rc
sink_replica_start(struct sink_replica **out, struct http *http,
    const struct replica_config *config, struct journal *journal,
    const char *journal_folder, const char *folder, struct err *err)
{
	struct sink_replica *sink = calloc(1, sizeof(*sink));
	struct delivery_source source = {.beyond = journal_last(journal) + 1,
	    .next = replica_next,
	    .send = replica_send,
	    .dead = replica_dead,
	    .sink = sink};
	enum rc rc;

	if (sink == NULL)
		log_die("out of memory: replica");
	sink->http = http;
	sink->journal = journal;
	*out = sink;
	rc = replica_init(sink, config, journal_folder, err);
	source.name =
	    arena_printf(&sink->arena, "replica-%.*s", SPAN_ARGS(config->name));
	if (rc == RC_OK)
		rc = delivery_start(&sink->delivery, &source, folder, err);
	if (rc != RC_OK)
		sink_replica_stop(out, 0);
	return rc;
}

const struct delivery *
sink_replica_delivery(const struct sink_replica *sink)
{
	return sink->delivery;
}

void
sink_replica_stop(struct sink_replica **out, int64_t within_ms)
{
	struct sink_replica *sink = *out;

	if (sink == NULL)
		return;
	delivery_stop(&sink->delivery, within_ms);
	if (sink->reader != NULL)
		reader_close(&sink->reader);
	buf_fini(&sink->key);
	buf_fini(&sink->id);
	buf_fini(&sink->body);
	arena_fini(&sink->arena);
	free(sink);
	*out = NULL;
}
