#include "app/heard_report.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/log.h"

/* What came last by one feed, or of one Region. */
struct heard_row {
	struct span name;
	int64_t last_ms;
};

struct heard_rows {
	struct heard_row *at;
	size_t count, room;
};

struct heard_report {
	struct buf name;
	pthread_mutex_t lock; /* of what follows */
	struct arena arena;
	struct heard_rows feeds, regions;
};

struct heard_report *
heard_report_create(struct span name)
{
	struct heard_report *report = calloc(1, sizeof(*report));

	if (report == NULL)
		log_die("out of memory: report of what was heard");
	buf_span_put(&report->name, name);
	arena_init(&report->arena);
	pthread_mutex_init(&report->lock, NULL);
	return report;
}

void
heard_report_free(struct heard_report **report)
{
	if (*report == NULL)
		return;
	pthread_mutex_destroy(&(*report)->lock);
	buf_fini(&(*report)->name);
	free((*report)->feeds.at);
	free((*report)->regions.at);
	arena_fini(&(*report)->arena);
	free(*report);
	*report = NULL;
}

static void
heard_rows_add(struct heard_rows *rows, struct arena *arena, struct span name,
    int64_t last_ms)
{
	for (size_t i = 0; i < rows->count; i++)
		if (span_equal(rows->at[i].name, name)) {
			if (last_ms > rows->at[i].last_ms)
				rows->at[i].last_ms = last_ms;
			return;
		}
	if (rows->count == rows->room) {
		rows->room = rows->room * 2 + 16;
		rows->at = realloc(rows->at, rows->room * sizeof(*rows->at));
		if (rows->at == NULL)
			log_die("out of memory: report of what was heard");
	}
	rows->at[rows->count++] =
	    (struct heard_row){arena_copy(arena, name), last_ms};
}

void
heard_report_take(struct heard_report *report, const struct heard *heard)
{
	pthread_mutex_lock(&report->lock);
	arena_fini(&report->arena);
	arena_init(&report->arena);
	report->feeds.count = report->regions.count = 0;
	for (size_t i = 0; i < heard->count; i++) {
		const struct heard_mark *mark = heard->at[i];

		if (mark->last_ms == INT64_MIN || heard_is_own(mark))
			continue;
		if (mark->kind == HEARD_FEED)
			heard_rows_add(&report->feeds, &report->arena,
			    mark->feed, mark->last_ms);
		else if (mark->kind == HEARD_STREAM)
			heard_rows_add(&report->regions, &report->arena,
			    mark->region, mark->last_ms);
	}
	pthread_mutex_unlock(&report->lock);
}

static void
heard_rows_print(struct buf *out, const char *list, const char *key,
    const struct heard_rows *rows, int64_t now_ms)
{
	buf_printf(out, ",\"%s\":[", list);
	for (size_t i = 0; i < rows->count; i++) {
		int64_t age_ms = now_ms - rows->at[i].last_ms;

		buf_printf(out, "%s{\"%s\":", i > 0 ? "," : "", key);
		buf_json(out, rows->at[i].name);
		buf_printf(out, ",\"age_ms\":%lld}",
		    (long long)(age_ms < 0 ? 0 : age_ms));
	}
	buf_byte(out, ']');
}

void
heard_report_print(struct heard_report *report, int64_t now_ms, struct buf *out)
{
	buf_text(out, "{\"name\":");
	buf_json(out, buf_span(&report->name));
	pthread_mutex_lock(&report->lock);
	heard_rows_print(out, "feeds", "feed", &report->feeds, now_ms);
	heard_rows_print(out, "regions", "region", &report->regions, now_ms);
	pthread_mutex_unlock(&report->lock);
	buf_text(out, "}\n");
}
