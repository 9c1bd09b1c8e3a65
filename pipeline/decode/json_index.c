#include "pipeline/decode/json_index.h"

#include "base/word.h"
#include "pipeline/decode/json_figures.h"

static bool
json_path_always(void)
{
	return true;
}

/* The highest bit of each byte that is zero. */
static uint64_t
json_zeros(uint64_t word)
{
	const uint64_t low = 0x7f7f7f7f7f7f7f7f;

	return ~(((word & low) + low) | word | low);
}

static size_t
json_scan_portable(const char **at, const char *end, const char **events)
{
	const uint64_t each = 0x0101010101010101;
	const char *word = *at;
	size_t count = 0;

	while (end - word >= JSON_BLOCK + JSON_AHEAD &&
	    count <= JSON_EVENTS - JSON_BLOCK)
		for (int i = 0; i < JSON_BLOCK / 8; i++, word += 8) {
			uint64_t here = word_read(word);
			uint64_t mark = (here ^ '}' * each) |
			    (word_read(word + JSON_AHEAD) ^ 't' * each);
			uint64_t bits =
			    json_zeros(here ^ '\n' * each) | json_zeros(mark);

			for (; bits != 0; bits &= bits - 1)
				events[count++] =
				    word + (__builtin_ctzll(bits) >> 3);
		}
	*at = word;
	return count;
}

const char *
json_figures_portable(
    const char *at, const char *end, struct json_figures *figures)
{
	return json_figures_by(text_read_double, at, end, figures);
}

static const struct json_path json_path_portable = {
    "portable", json_path_always, json_scan_portable, json_figures_portable};

const struct json_path *const json_paths[] = {
#ifdef __x86_64__
    &json_path_avx2, &json_path_sse2,
#endif
#ifdef __aarch64__
    &json_path_neon,
#endif
    &json_path_portable, NULL};

const struct json_path *
json_path_best(void)
{
	size_t i = 0;

	while (!json_paths[i]->usable())
		i++;
	return json_paths[i];
}

void
json_index_init(
    struct json_index *index, struct span record, const struct json_path *path)
{
	index->path = path;
	index->at = index->line = record.at;
	index->end = record.len == 0 ? record.at : record.at + record.len;
	index->next = index->count = 0;
}

/* Less than a block and what is looked at behind it. */
static void
json_index_rest(struct json_index *index)
{
	for (; index->at < index->end; index->at++)
		if (*index->at == '\n' || *index->at == '}')
			index->events[index->count++] = index->at;
}

/* More events; false when there are no more. */
static bool
json_index_refill(struct json_index *index)
{
	index->next = index->count = 0;
	while (index->count == 0 &&
	    index->end - index->at >= JSON_BLOCK + JSON_AHEAD)
		index->count =
		    index->path->scan(&index->at, index->end, index->events);
	if (index->count == 0)
		json_index_rest(index);
	return index->count > 0;
}

bool
json_index_next(
    struct json_index *index, struct span *line, const char **digits)
{
	*digits = NULL;
	*line = span_make(index->line, 0);
	while (index->next < index->count || json_index_refill(index)) {
		const char *event = index->events[index->next++];

		if (*event == '\n') {
			line->len = (size_t)(event - line->at);
			index->line = event + 1;
			return true;
		}
		if (*digits == NULL &&
		    (size_t)(index->end - event) > JSON_MARK_LEN &&
		    memcmp(event, JSON_MARK, JSON_MARK_LEN) == 0)
			*digits = event + JSON_MARK_LEN;
	}
	line->len = (size_t)(index->end - line->at);
	index->line = index->end;
	return line->len > 0;
}
