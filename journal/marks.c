#include "journal/marks.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "journal/journal.h"

#define MARK_SOURCES "kafka/"

void
marks_init(struct marks *marks)
{
	*marks = (struct marks){.limit = LIMIT_MARKS};
}

void
marks_fini(struct marks *marks)
{
	for (size_t i = 0; i < marks->table.room; i++)
		free(marks->table.slots[i].value);
	table_fini(&marks->table);
}

/* Digits, up to `end` or a byte that is none; -1: there are none, or the
 * number is too large. */
static int64_t
marks_number(const char **at, const char *end)
{
	const char *begin = *at;
	int64_t number = 0;

	for (; *at < end && **at >= '0' && **at <= '9'; (*at)++)
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, **at - '0', &number))
			return -1;
	return *at == begin ? -1 : number;
}

bool
marks_range(struct span source, struct span request_id, int64_t *next)
{
	const char *at = request_id.at, *end = request_id.at + request_id.len;
	int64_t first, last;

	if (!span_starts(source, MARK_SOURCES) || request_id.len == 0)
		return false;
	first = marks_number(&at, end);
	if (first < 0 || at == end || *at++ != '-')
		return false;
	last = marks_number(&at, end);
	if (at != end || last < first || last == INT64_MAX)
		return false;
	*next = last + 1;
	return true;
}

static void
marks_forget(struct marks *marks)
{
	struct mark *oldest = NULL;

	for (size_t i = 0; i < marks->table.room; i++) {
		struct mark *mark = marks->table.slots[i].value;

		if (mark != NULL && (oldest == NULL || mark->seq < oldest->seq))
			oldest = mark;
	}
	table_remove(
	    &marks->table, span_make(oldest->source, oldest->source_len));
	free(oldest);
	counter_add(&journal_stats[JOURNAL_MARKS_FORGOTTEN], 1);
}

static struct mark *
marks_add(struct marks *marks, struct span source)
{
	struct mark *mark;

	if (marks->table.count >= marks->limit)
		marks_forget(marks);
	mark = malloc(sizeof(*mark) + source.len);
	if (mark == NULL)
		log_die("out of memory: marks of sources");
	mark->source_len = source.len;
	memcpy(mark->source, source.at, source.len);
	table_put(&marks->table, span_make(mark->source, source.len), mark);
	return mark;
}

void
marks_note(struct marks *marks, struct span source, int64_t next, uint64_t seq)
{
	struct mark *mark = table_get(&marks->table, source);

	if (mark == NULL)
		mark = marks_add(marks, source);
	mark->next = next;
	mark->seq = seq;
}

int64_t
marks_next(const struct marks *marks, struct span source)
{
	const struct mark *mark = table_get(&marks->table, source);

	return mark == NULL ? -1 : mark->next;
}
