#include "load.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "journal/reader.h"
#include "rng.h"

/* A line of text that does not compress much. */
static void
load_line(struct buf *out, struct rng *rng, size_t n, size_t len)
{
	char *to;

	buf_printf(out, "{\"n\":%zu,\"text\":\"", n);
	to = buf_reserve(out, len + 1);
	for (size_t i = 0; i < len; i += 8) {
		uint64_t bits = rng_next(rng);

		for (size_t k = i; k < len && k < i + 8; k++, bits >>= 6)
			to[k] = (char)('0' + (bits & 63));
	}
	out->len += len;
	buf_text(out, "\"}\n");
}

static size_t
load_line_len(struct rng *rng)
{
	uint64_t size = rng_below(rng, 100);

	if (size < 80)
		return rng_below(rng, 300);
	if (size < 98)
		return rng_below(rng, 6000);
	return rng_below(rng, (uint64_t)(300 * KIB));
}

static void
load_batch(struct load_entry *out, struct rng *rng, size_t n)
{
	size_t count = rng_one_in(rng, 20) ? 0 : 1 + rng_below(rng, 6);
	size_t *ends = calloc(count + 1, sizeof(*ends));

	out->records = calloc(count + 1, sizeof(*out->records));
	if (out->records == NULL || ends == NULL)
		log_die("out of memory: the test");
	for (size_t i = 0; i < count; i++) {
		load_line(&out->bytes, rng, n, load_line_len(rng));
		ends[i + 1] = out->bytes.len;
	}
	for (size_t i = 0; i < count; i++)
		out->records[i] = span_make(
		    out->bytes.bytes + ends[i], ends[i + 1] - ends[i]);
	free(ends);
	out->entry.records = out->records;
	out->entry.nrecords = count;
}

void
load_make(const struct load *load, size_t n, struct load_entry *out)
{
	struct rng rng = rng_of(load->seed, n + 1000);
	uint64_t kind = rng_below(&rng, 100);

	*out = (struct load_entry){0};
	snprintf(out->source, sizeof(out->source), "feed-%zu", n);
	out->entry.source = span_text(out->source);
	if (kind < 20) {
		out->entry.kind = ENTRY_TICK;
	} else if (kind < 24) {
		out->entry.kind = ENTRY_CONFIG;
		load_line(&out->bytes, &rng, n, load_line_len(&rng));
		out->entry.config = buf_span(&out->bytes);
	} else {
		out->entry.kind = ENTRY_BATCH;
		load_batch(out, &rng, n);
		snprintf(out->request_id, sizeof(out->request_id), "id-%zu", n);
		if (!rng_one_in(&rng, 4))
			out->entry.request_id = span_text(out->request_id);
	}
}

void
load_free(struct load_entry *made)
{
	buf_fini(&made->bytes);
	free(made->records);
	*made = (struct load_entry){0};
}

static bool
load_equal(const struct entry *a, const struct entry *b)
{
	if (a->kind != b->kind || !span_equal(a->source, b->source) ||
	    !span_equal(a->request_id, b->request_id) ||
	    !span_equal(a->config, b->config) || a->nrecords != b->nrecords)
		return false;
	for (size_t i = 0; i < a->nrecords; i++)
		if (!span_equal(a->records[i], b->records[i]))
			return false;
	return true;
}

static bool
load_take(const struct load *load, const struct entry *entry, size_t *n)
{
	struct load_entry made;
	char source[40];
	bool equal;

	snprintf(source, sizeof(source), "%.*s", SPAN_ARGS(entry->source));
	if (sscanf(source, "feed-%zu", n) != 1 || *n >= load->count) {
		fprintf(stderr, "entry %llu was never offered: source %s\n",
		    (unsigned long long)entry->seq, source);
		return false;
	}
	load_make(load, *n, &made);
	equal = load_equal(&made.entry, entry);
	load_free(&made);
	if (!equal)
		fprintf(stderr, "entry %llu (number %zu) is not what came in\n",
		    (unsigned long long)entry->seq, *n);
	return equal;
}

static bool
load_order(const struct load_found *found, size_t count)
{
	const struct load_found *last = &found[count - 1];

	if (count > 1 && found[count - 2].seq >= last->seq) {
		fprintf(stderr, "entry %llu comes behind %llu\n",
		    (unsigned long long)last->seq,
		    (unsigned long long)found[count - 2].seq);
		return false;
	}
	for (size_t i = 0; i + 1 < count; i++)
		if (found[i].n == last->n) {
			fprintf(stderr, "number %zu is there twice\n", last->n);
			return false;
		}
	return true;
}

bool
load_read(const struct load *load, const char *folder,
    struct load_found **found, size_t *count)
{
	struct reader *reader;
	struct entry entry;
	struct err err = {""};
	bool good = true;
	enum rc rc;

	*found = calloc(LOAD_ITEMS, sizeof(**found));
	*count = 0;
	if (*found == NULL)
		log_die("out of memory: the test");
	if (reader_open(&reader, folder, 0, &err) != RC_OK) {
		fprintf(stderr, "read: %s\n", err.text);
		return false;
	}
	while (good && (rc = reader_next(reader, &entry, &err)) != RC_AGAIN) {
		if (rc == RC_REJECT)
			continue;
		if (rc != RC_OK) {
			fprintf(stderr, "read: %s\n", err.text);
			good = false;
			break;
		}
		(*found)[*count].seq = entry.seq;
		good = load_take(load, &entry, &(*found)[*count].n) &&
		    load_order(*found, ++*count);
	}
	reader_close(&reader);
	return good;
}
