#include "audit.h"

#include <stdio.h>
#include <stdlib.h>

#include "restart.h"

struct audit_work {
	struct audit *audit;
	char data[300];
	struct load load; /* with one more */
	struct memory memory;
	struct journal *journal;
};

static bool
audit_recover(struct audit_work *work)
{
	int64_t torn = counter_get(&journal_stats[JOURNAL_TORN]) +
	    counter_get(&journal_stats[JOURNAL_QUARANTINED]);
	bool good = restart_run(&work->load, work->data, work->audit->config,
	    &work->journal, &work->memory);

	work->audit->torn +=
	    (size_t)(counter_get(&journal_stats[JOURNAL_TORN]) +
		counter_get(&journal_stats[JOURNAL_QUARANTINED]) - torn);
	return good;
}

static const struct load_found *
audit_find(const struct audit_work *work, size_t n)
{
	for (size_t i = 0; i < work->memory.count; i++)
		if (work->memory.found[i].n == n)
			return &work->memory.found[i];
	return NULL;
}

static bool
audit_due(const struct audit_work *work, size_t n)
{
	const struct load_item *item = &work->load.items[n];

	return item->acked && item->acked_at < work->audit->at;
}

/* Nothing lost, nothing invented. */
static bool
audit_book(struct audit_work *work)
{
	const struct load *load = &work->load;
	bool good = true;

	for (size_t n = 0; n < load->count; n++) {
		const struct load_found *found = audit_find(work, n);
		const struct load_item *item = &load->items[n];
		bool offered =
		    item->offered && item->offered_at < work->audit->at;

		if (found != NULL && !offered) {
			fprintf(stderr, "number %zu comes from nowhere\n", n);
			good = false;
		}
		if (!audit_due(work, n))
			continue;
		work->audit->acked++;
		if (found == NULL || found->seq != item->seq) {
			fprintf(stderr, "number %zu was answered at %llu: %s\n",
			    n, (unsigned long long)item->seq,
			    found == NULL ? "lost" : "at another position");
			good = false;
		}
	}
	return good;
}

static bool
audit_append(struct audit_work *work, size_t n, bool *new, uint64_t *seq)
{
	uint64_t last = journal_last(work->journal);
	struct load_entry made;
	struct err err = {""};
	enum rc rc;

	load_make(&work->load, n, &made);
	rc = journal_append_wait(work->journal, &made.entry, seq, &err);
	load_free(&made);
	*new = journal_last(work->journal) > last;
	if (rc != RC_OK)
		fprintf(stderr, "number %zu refused: %s\n", n, err.text);
	return rc == RC_OK;
}

/* Asked again, nothing is added. */
static bool
audit_repeats(struct audit_work *work)
{
	for (size_t n = 0; n < work->load.count; n++) {
		uint64_t seq;
		struct load_entry made;
		bool has_id, new;

		load_make(&work->load, n, &made);
		has_id = made.entry.request_id.len > 0;
		load_free(&made);
		if (!has_id || !audit_due(work, n))
			continue;
		if (!audit_append(work, n, &new, &seq))
			return false;
		if (new || seq != work->load.items[n].seq) {
			fprintf(stderr,
			    "number %zu asked again: %s, at %llu not %llu\n", n,
			    new ? "added" : "known", (unsigned long long)seq,
			    (unsigned long long)work->load.items[n].seq);
			return false;
		}
	}
	return true;
}

/* One more goes in behind the others, and recovery says all that again. */
static bool
audit_again(struct audit_work *work)
{
	struct memory before = work->memory, *now = &work->memory;
	size_t n = work->load.count++;
	uint64_t seq;
	bool new, good;

	*now = (struct memory){0};
	good = audit_append(work, n, &new, &seq);
	journal_close(&work->journal);
	good = good && audit_recover(work);
	if (good &&
	    (now->count != before.count + 1 ||
		now->found[before.count].n != n ||
		now->found[before.count].seq != seq)) {
		fprintf(stderr, "recovered again: %zu entries, not %zu + 1\n",
		    now->count, before.count);
		good = false;
	}
	for (size_t i = 0; i < before.count && good; i++)
		if (before.found[i].n != now->found[i].n ||
		    before.found[i].seq != now->found[i].seq) {
			fprintf(stderr, "recovered again: %llu differs\n",
			    (unsigned long long)before.found[i].seq);
			good = false;
		}
	restart_forget(&before);
	return good;
}

bool
audit_run(struct audit *audit)
{
	struct audit_work *work = calloc(1, sizeof(*work));
	bool good;

	if (work == NULL)
		abort();
	work->audit = audit;
	work->load = *audit->load;
	snprintf(work->data, sizeof(work->data), "%s/data", audit->folder);
	good = audit_recover(work) && audit_book(work) && audit_repeats(work) &&
	    audit_again(work);
	journal_close(&work->journal);
	restart_forget(&work->memory);
	free(work);
	return good;
}
