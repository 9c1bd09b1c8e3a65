/* The replica with its delivery; journal, reader and HTTP are below. */
#include "sinks/sink_replica.h"

#include <pthread.h>

#include "base/limits.h"
#include "journal/reader.h"
#include "testing.h"
#include "unit/sinks/fixture.h"

/* --- the log: one letter an entry; b atch, e mpty batch, t ick, l arge batch,
 * x damaged (takes no number), g gone by retention --- */
static const char *log_text;
static struct span log_record = SPAN_OF("line\n");
static struct span log_large[LIMIT_RECORDS + 1];

struct reader {
	const char *at;
	uint64_t seq, from, bound;
};

enum rc
reader_open(
    struct reader **reader, const char *path, uint64_t from, struct err *err)
{
	static struct reader only;

	(void)err;
	ck_assert_str_eq(path, "journal-folder");
	only = (struct reader){.at = log_text, .from = from};
	*reader = &only;
	return RC_OK;
}

void
reader_close(struct reader **reader)
{
	*reader = NULL;
}

void
reader_bound(struct reader *reader, uint64_t last_seq)
{
	reader->bound = last_seq;
}

const struct reader_damage *
reader_damage(const struct reader *reader)
{
	static const struct reader_damage damage = {
	    .path = "1.zst", .offset = 77, .reason = "checksum"};

	(void)reader;
	return &damage;
}

enum rc
reader_next(struct reader *reader, struct entry *entry, struct err *err)
{
	char kind = *reader->at;

	(void)err;
	if (kind == '\0' || reader->seq >= reader->bound)
		return RC_AGAIN;
	reader->at++;
	if (kind == 'x')
		return RC_REJECT;
	reader->seq++;
	if (kind == 'g' || reader->seq < reader->from)
		return reader_next(reader, entry, err);
	*entry = (struct entry){.seq = reader->seq,
	    .arrival_ms = 1789384732496,
	    .kind = kind == 't' ? ENTRY_TICK : ENTRY_BATCH};
	if (kind == 'b')
		entry->nrecords = 1;
	entry->records = &log_record;
	if (kind == 'l') {
		entry->nrecords = LIMIT_RECORDS + 1;
		entry->records = log_large;
	}
	return RC_OK;
}

uint64_t
journal_last(const struct journal *journal)
{
	(void)journal;
	return strlen(log_text) - (strchr(log_text, 'x') != NULL);
}

int64_t
journal_last_ms(const struct journal *journal)
{
	return journal_last(journal) == 0 ? 0 : 1789384732496;
}

struct span
journal_origin(const struct journal *journal)
{
	(void)journal;
	return SPAN_OF("0123456789abcdef");
}

/* --- the receiver --- */
static struct buf posted; /* "SEQ[-PART]:RECORDS " each */
static char posted_key[64];
/* o k, r etry, u nauthorized (and the key is changed), 4 13 */
static const char *post_script = "";
static const char *post_new_key;
static pthread_mutex_t post_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t post_failed = PTHREAD_COND_INITIALIZER;
static bool post_has_failed;

static struct span
header_of(const struct http_request *request, const char *name)
{
	for (size_t i = 0; i < request->nheaders; i++)
		if (strcmp(request->headers[i].name, name) == 0)
			return request->headers[i].value;
	return span_text(NULL);
}

static void
post_note(const struct http_request *request, struct span id)
{
	size_t count = 0;

	for (const char *at = request->body.at;
	     (at = memmem(at,
		  request->body.len - (size_t)(at - request->body.at),
		  "\"data\"", 6)) != NULL;
	     at++)
		count++;
	/* tocsin-ORIGIN-SEQ-ARRIVAL[-PART] */
	ck_assert(memmem(id.at, id.len, "-1789384732496", 14) != NULL);
	for (size_t i = 24; i < id.len; i++)
		if (memcmp(id.at + i, "-1789384732496", 14) == 0)
			i += 13;
		else
			buf_byte(&posted, id.at[i]);
	buf_printf(&posted, ":%zu ", count);
}

enum rc
http_send(struct http *http, const struct http_request *request,
    struct http_answer *answer, struct err *err)
{
	struct span id = header_of(request, "X-Amz-Firehose-Request-Id");
	struct span key = header_of(request, "X-Amz-Firehose-Access-Key");
	char verdict = *post_script;

	(void)http;
	ck_assert_str_eq(request->url, "http://peer/x");
	ck_assert_str_eq(request->method, "POST");
	ck_assert(span_is(
	    header_of(request, "X-Amz-Firehose-Protocol-Version"), "1.0"));
	ck_assert(
	    span_is(header_of(request, "Content-Type"), "application/json"));
	ck_assert(span_is(header_of(request, "X-Amz-Firehose-Source-Arn"),
	    "arn:aws:firehose:::deliverystream/tocsin-west"));
	snprintf(posted_key, sizeof(posted_key), "%.*s", SPAN_ARGS(key));
	if (verdict != '\0')
		post_script++;
	if (verdict == 'u')
		ck_assert(
		    file_replace(post_new_key, SPAN_OF("new"), err) == RC_OK);
	if (verdict == 'r') {
		pthread_mutex_lock(&post_mutex);
		post_has_failed = true;
		pthread_cond_signal(&post_failed);
		pthread_mutex_unlock(&post_mutex);
		return err_set(err, RC_RETRY, "no connection");
	}
	answer->status = verdict == 'u' ? 401 : verdict == '4' ? 413 : 200;
	buf_clear(&answer->body);
	buf_printf(&answer->body, "{\"requestId\":\"%.*s\",\"timestamp\":1}",
	    SPAN_ARGS(id));
	if (answer->status == 200)
		post_note(request, id);
	return RC_OK;
}

void
http_answer_fini(struct http_answer *answer)
{
	buf_fini(&answer->body);
}

/* --- */

static struct replica_config config = {.name = SPAN_OF("west"),
    .kind = &replica_http,
    .url = SPAN_OF("http://peer/x")};

static enum rc
start(struct sink_replica **sink, const char *folder, const char *key_file,
    struct err *err)
{
	const struct replica_setup setup = {.config = &config};
	const struct replica_log log = {.journal_folder = "journal-folder"};

	config.access_key_file = span_text(key_file);
	return sink_replica_start(
	    sink, &setup, REPLICA_RECORDS, &log, folder, err);
}

static struct sink_replica *
started(const char *folder, const char *key_file)
{
	struct sink_replica *sink;
	struct err err;

	ck_assert_msg(
	    start(&sink, folder, key_file, &err) == RC_OK, "%s", err.text);
	return sink;
}

static uint64_t
in_file(const char *folder)
{
	uint64_t position;
	struct err err;

	ck_assert(delivery_position_read(
		      folder, "replica-west", &position, &err) == RC_OK);
	return position;
}

static void
expect_posted(const char *text)
{
	ck_assert_str_eq(buf_cstr(&posted), text);
	buf_fini(&posted);
}

START_TEST(batches_are_posted_in_order)
{
	static const struct {
		const char *log, *script, *posted;
		uint64_t position;
	} rows[] = {{"", "", "", 0}, {"tt", "", "", 2}, {"b", "", "1:1 ", 1},
	    {"tbebt", "", "2:1 4:1 ", 5}, {"bbb", "o4o", "1:1 3:1 ", 3},
	    {"blb", "", "1:1 2-1:10000 2-2:1 3:1 ", 3},
	    {"bxb", "", "1:1 2:1 ", 2}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *folder = fixture_folder();
		struct sink_replica *sink;
		struct buf dead = {0};

		log_text = rows[i].log;
		post_script = rows[i].script;
		sink = started(folder, NULL);
		sink_replica_stop(&sink, 20000);
		expect_posted(rows[i].posted);
		ck_assert_uint_eq(in_file(folder), rows[i].position);
		if (fixture_file(folder, "replica-west.dead", &dead))
			ck_assert_ptr_nonnull(strstr(buf_cstr(&dead),
			    *rows[i].script == '\0'
				? "1.zst is damaged at byte 77: checksum"
				: "\"item\":{\"seq\":2,\"requestId\":"
				  "\"tocsin-"));
		else
			ck_assert(strchr(rows[i].log, 'x') == NULL);
		buf_fini(&dead);
		fixture_folder_remove(folder);
	}
}
END_TEST

/* Half of a large batch is delivered: its position is not passed. */
START_TEST(a_batch_cut_in_two_is_posted_again)
{
	const char *folder = fixture_folder();
	struct sink_replica *sink;

	log_text = "bl";
	post_script = "oorrrrrrrr";
	sink = started(folder, NULL);
	pthread_mutex_lock(&post_mutex);
	while (!post_has_failed)
		pthread_cond_wait(&post_failed, &post_mutex);
	pthread_mutex_unlock(&post_mutex);
	sink_replica_stop(&sink, 10);
	expect_posted("1:1 2-1:10000 ");
	ck_assert_uint_eq(in_file(folder), 1);
	post_script = "";
	sink = started(folder, NULL);
	sink_replica_stop(&sink, 20000);
	expect_posted("2-1:10000 2-2:1 ");
	ck_assert_uint_eq(in_file(folder), 2);
	fixture_folder_remove(folder);
}
END_TEST

START_TEST(what_retention_took_is_told)
{
	const char *folder = fixture_folder();
	struct sink_replica *sink;
	struct buf dead = {0};

	/* A new replica takes what there is. */
	log_text = "ggb";
	post_script = "";
	sink = started(folder, NULL);
	sink_replica_stop(&sink, 20000);
	expect_posted("3:1 ");
	ck_assert(!fixture_file(folder, "replica-west.dead", &dead));
	log_text = "gggggbb";
	sink = started(folder, NULL);
	sink_replica_stop(&sink, 20000);
	expect_posted("6:1 7:1 ");
	ck_assert_uint_eq(in_file(folder), 7);
	ck_assert(fixture_file(folder, "replica-west.dead", &dead));
	ck_assert_ptr_nonnull(
	    strstr(buf_cstr(&dead), "entries 4 to 5 left the journal"));
	buf_fini(&dead);
	fixture_folder_remove(folder);
}
END_TEST

START_TEST(a_new_key_is_read_after_401)
{
	const char *folder = fixture_folder();
	struct sink_replica *sink;
	char path[256];
	struct err err;

	snprintf(path, sizeof(path), "%s/key", folder);
	ck_assert(
	    file_replace(path, SPAN_OF("\n  old \r\nx\n"), &err) == RC_OK);
	log_text = "b";
	post_script = "";
	sink = started(folder, path);
	sink_replica_stop(&sink, 20000);
	ck_assert_str_eq(posted_key, "old");
	log_text = "bb";
	post_script = "u";
	post_new_key = path;
	sink = started(folder, path);
	sink_replica_stop(&sink, 20000);
	ck_assert_str_eq(posted_key, "new");
	ck_assert_uint_eq(in_file(folder), 2);
	expect_posted("1:1 2:1 ");

	ck_assert(file_replace(path, SPAN_OF(" \n"), &err) == RC_OK);
	ck_assert(start(&sink, folder, path, &err) == RC_FATAL);
	ck_assert_ptr_null(sink);
	fixture_folder_remove(folder);
}
END_TEST

TEST_MAIN("sink_replica", batches_are_posted_in_order,
    a_batch_cut_in_two_is_posted_again, what_retention_took_is_told,
    a_new_key_is_read_after_401)
