#include "journal/resume_codec.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/log.h"
#include "journal/replica_id.h"
#include "schemas/checkpoint.pb-c.h"

#define COLUMN(arena, count, column)                                           \
	((column) = arena_alloc(arena, ((count) + 1) * sizeof(*(column))))

static void
resume_save_sealed(const struct journal *journal, uint64_t seq,
    struct arena *arena, Tocsin__SealedSegments *m)
{
	size_t n = journal->nsealed;

	while (n > 0 && journal->sealed[n - 1].last_seq > seq)
		n--;
	m->n_first_seq = m->n_last_seq = m->n_bytes = n;
	m->n_first_ms = m->n_last_ms = m->n_id = n;
	COLUMN(arena, n, m->first_seq);
	COLUMN(arena, n, m->last_seq);
	COLUMN(arena, n, m->first_ms);
	COLUMN(arena, n, m->last_ms);
	COLUMN(arena, n, m->bytes);
	COLUMN(arena, n, m->id);
	for (size_t i = 0; i < n; i++) {
		const struct sealed *row = &journal->sealed[i];

		m->first_seq[i] = row->first_seq;
		m->last_seq[i] = row->last_seq;
		m->first_ms[i] = row->first_ms;
		m->last_ms[i] = row->last_ms;
		m->bytes[i] = row->bytes;
		m->id[i] = row->id;
	}
}

static void
resume_save_holder(
    const struct journal *journal, uint64_t seq, Tocsin__JournalState *m)
{
	if (journal->opened_first > 0 && journal->opened_first <= seq) {
		m->holder_first = journal->opened_first;
		m->holder_id = journal->opened_id;
		return;
	}
	for (size_t i = journal->nsealed; i > 0; i--) {
		const struct sealed *row = &journal->sealed[i - 1];

		if (row->first_seq > seq)
			continue;
		m->holder_first = row->first_seq;
		m->holder_id = row->id;
		return;
	}
}

/* Which of `sources` it is; a new one goes behind them. */
static uint32_t
resume_source(
    struct table *seen, Tocsin__RequestIds *m, size_t *room, struct span source)
{
	uintptr_t which = (uintptr_t)table_get(seen, source);

	if (which > 0)
		return (uint32_t)(which - 1);
	if (m->n_sources == *room) {
		*room = *room == 0 ? 8 : *room * 2;
		m->sources = realloc(m->sources, *room * sizeof(*m->sources));
		if (m->sources == NULL)
			log_die("out of memory: names of sources");
	}
	m->sources[m->n_sources++] =
	    (ProtobufCBinaryData){source.len, (uint8_t *)(uintptr_t)source.at};
	table_put(seen, source, (void *)m->n_sources);
	return (uint32_t)(m->n_sources - 1);
}

static void
resume_save_requests(const struct journal *journal, uint64_t seq,
    struct arena *arena, Tocsin__RequestIds *m, struct buf *ids)
{
	const struct request *request = journal->requests.oldest;
	size_t n = journal->requests.durable, room = 0, i = 0;
	struct table seen = {0};
	uint64_t seq_before = 0;
	int64_t ms_before = 0;

	COLUMN(arena, n, m->source);
	COLUMN(arena, n, m->seq);
	COLUMN(arena, n, m->arrival_ms);
	COLUMN(arena, n, m->id_bytes);
	for (; request != NULL && request->seq <= seq; i++) {
		struct span source = request_source(request);
		struct span id = request_id(request);

		m->source[i] = resume_source(&seen, m, &room, source);
		m->seq[i] = request->seq - seq_before;
		m->arrival_ms[i] = request->arrival_ms - ms_before;
		m->id_bytes[i] = (uint32_t)id.len;
		buf_span_put(ids, id);
		seq_before = request->seq;
		ms_before = request->arrival_ms;
		request = request->newer;
	}
	m->n_source = m->n_seq = m->n_arrival_ms = m->n_id_bytes = i;
	m->ids = (ProtobufCBinaryData){ids->len, (uint8_t *)ids->bytes};
	table_fini(&seen);
}

/* In the order of their entries: the table's is another in each process. */
static int
resume_mark_order(const void *a, const void *b)
{
	const struct mark *x = *(const struct mark *const *)a;
	const struct mark *y = *(const struct mark *const *)b;

	return (x->seq > y->seq) - (x->seq < y->seq);
}

static void
resume_save_marks(
    const struct marks *marks, struct arena *arena, Tocsin__Marks *m)
{
	const struct mark **rows;
	size_t n = 0;

	COLUMN(arena, marks->table.count, rows);
	for (size_t i = 0; i < marks->table.room; i++)
		if (marks->table.slots[i].value != NULL)
			rows[n++] = marks->table.slots[i].value;
	qsort(rows, n, sizeof(*rows), resume_mark_order);
	m->n_source = m->n_next = m->n_seq = n;
	COLUMN(arena, n, m->source);
	COLUMN(arena, n, m->next);
	COLUMN(arena, n, m->seq);
	for (size_t i = 0; i < n; i++) {
		m->source[i] = (ProtobufCBinaryData){
		    rows[i]->source_len, (uint8_t *)(uintptr_t)rows[i]->source};
		m->next[i] = rows[i]->next;
		m->seq[i] = rows[i]->seq;
	}
}

void
resume_save(const struct journal *journal, uint64_t seq, struct buf *out)
{
	Tocsin__SealedSegments sealed = TOCSIN__SEALED_SEGMENTS__INIT;
	Tocsin__RequestIds requests = TOCSIN__REQUEST_IDS__INIT;
	Tocsin__Marks marks = TOCSIN__MARKS__INIT;
	Tocsin__JournalState m = TOCSIN__JOURNAL_STATE__INIT;
	struct buf ids = {0};
	struct arena arena;
	char *to;

	arena_init(&arena);
	m.version = RESUME_VERSION;
	m.seq = seq;
	m.sealed = &sealed;
	m.requests = &requests;
	m.marks = &marks;
	resume_save_holder(journal, seq, &m);
	resume_save_sealed(journal, seq, &arena, &sealed);
	resume_save_requests(journal, seq, &arena, &requests, &ids);
	resume_save_marks(&journal->marks, &arena, &marks);
	to = buf_reserve(out, tocsin__journal_state__get_packed_size(&m));
	if (to != NULL)
		out->len += tocsin__journal_state__pack(&m, (uint8_t *)to);
	out->failed = out->failed || buf_failed(&ids);
	free(requests.sources);
	buf_fini(&ids);
	arena_fini(&arena);
}

static const char *
resume_load_sealed(struct resume *resume, const Tocsin__SealedSegments *m)
{
	size_t n = m == NULL ? 0 : m->n_first_seq;
	uint64_t before = 0;

	if (n == 0)
		return NULL;
	if (m->n_last_seq != n || m->n_first_ms != n || m->n_last_ms != n ||
	    m->n_bytes != n || m->n_id != n)
		return "its segments";
	resume->sealed = calloc(n, sizeof(*resume->sealed));
	if (resume->sealed == NULL)
		log_die("out of memory: sealed segments");
	for (size_t i = 0; i < n; i++) {
		const struct sealed row = {.first_seq = m->first_seq[i],
		    .last_seq = m->last_seq[i],
		    .first_ms = m->first_ms[i],
		    .last_ms = m->last_ms[i],
		    .bytes = m->bytes[i],
		    .id = m->id[i]};

		if (row.first_seq <= before || row.last_seq > resume->seq ||
		    row.last_seq + 1 < row.first_seq)
			return "the order of its segments";
		before = row.first_seq;
		resume->sealed[resume->nsealed++] = row;
	}
	return NULL;
}

/* One row; `seq` and `arrival_ms` are those of the row before. */
static const char *
resume_load_request(struct requests *requests, const Tocsin__RequestIds *m,
    size_t i, struct span *ids, uint64_t *seq, int64_t *arrival_ms)
{
	struct span source, id;

	if (m->source[i] >= m->n_sources || m->id_bytes[i] > ids->len ||
	    m->id_bytes[i] > LIMIT_REQUEST_ID || m->id_bytes[i] == 0)
		return "a request id";
	source = span_make(
	    m->sources[m->source[i]].data, m->sources[m->source[i]].len);
	id = span_make(ids->at, m->id_bytes[i]);
	*ids = span_make(ids->at + id.len, ids->len - id.len);
	if (source.len > LIMIT_NAME || m->seq[i] == 0 ||
	    __builtin_add_overflow(*seq, m->seq[i], seq) ||
	    __builtin_add_overflow(*arrival_ms, m->arrival_ms[i], arrival_ms) ||
	    *arrival_ms < 0 || *arrival_ms > INT64_MAX / 2)
		return "the order of its request ids";
	if (requests_find(requests, source, id) != NULL)
		/* Once they counted per source. */
		return replica_id_is(id) ? NULL
					 : "a request id that is there twice";
	requests_settle(requests, requests_begin(requests, source, id, NULL),
	    *seq, *arrival_ms);
	return NULL;
}

static const char *
resume_load_requests(const struct resume *resume, struct requests *requests,
    const Tocsin__RequestIds *m)
{
	size_t n = m == NULL ? 0 : m->n_source;
	const char *reason = NULL;
	int64_t arrival_ms = 0;
	struct span ids;
	uint64_t seq = 0;

	if (n == 0)
		return NULL;
	if (m->n_seq != n || m->n_arrival_ms != n || m->n_id_bytes != n ||
	    n > LIMIT_REQUEST_IDS)
		return "its request ids";
	ids = span_make(m->ids.data, m->ids.len);
	for (size_t i = 0; i < n && reason == NULL; i++)
		reason = resume_load_request(
		    requests, m, i, &ids, &seq, &arrival_ms);
	if (reason == NULL && (ids.len > 0 || seq > resume->seq))
		reason = "its request ids";
	return reason;
}

static const char *
resume_load_marks(struct marks *marks, const Tocsin__Marks *m)
{
	size_t n = m == NULL ? 0 : m->n_source;

	if (n > 0 && (m->n_next != n || m->n_seq != n || n > LIMIT_MARKS))
		return "its marks";
	for (size_t i = 0; i < n; i++) {
		struct span source =
		    span_make(m->source[i].data, m->source[i].len);

		if (source.len > LIMIT_NAME || m->next[i] < 0 ||
		    marks_next(marks, source) >= 0)
			return "a mark";
		marks_note(marks, source, m->next[i], m->seq[i]);
	}
	return NULL;
}

enum rc
resume_load(struct resume *resume, struct requests *requests,
    struct marks *marks, const struct journal_resume *from, struct err *err)
{
	const char *reason = NULL;
	Tocsin__JournalState *m;

	*resume = (struct resume){.seq = from->seq};
	m = tocsin__journal_state__unpack(
	    NULL, from->state.len, (const uint8_t *)from->state.at);
	if (m == NULL || m->version != RESUME_VERSION)
		reason = m == NULL ? "it cannot be read" : "its version";
	else if (m->seq != from->seq || m->seq == 0)
		reason = "it is of another entry";
	if (reason == NULL)
		reason = resume_load_sealed(resume, m->sealed);
	if (reason == NULL)
		reason = resume_load_requests(resume, requests, m->requests);
	if (reason == NULL)
		reason = resume_load_marks(marks, m->marks);
	if (reason == NULL) {
		resume->holder_first = m->holder_first;
		resume->holder_id = m->holder_id;
	}
	if (m != NULL)
		tocsin__journal_state__free_unpacked(m, NULL);
	return reason == NULL ? RC_OK
			      : err_set(err, RC_REJECT,
				    "the journal's part of the checkpoint is "
				    "not usable: %s",
				    reason);
}

void
resume_fini(struct resume *resume)
{
	free(resume->sealed);
	*resume = (struct resume){0};
}

static int
resume_order(const void *key, const void *row)
{
	uint64_t x = *(const uint64_t *)key;
	uint64_t y = ((const struct sealed *)row)->first_seq;

	return (x > y) - (x < y);
}

const struct sealed *
resume_find(const struct resume *resume, uint64_t first_seq)
{
	return resume->nsealed == 0
	    ? NULL
	    : bsearch(&first_seq, resume->sealed, resume->nsealed,
		  sizeof(*resume->sealed), resume_order);
}
