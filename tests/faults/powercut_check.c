#include "powercut_check.h"

#include <stdio.h>
#include <stdlib.h>

#include "powercut_recover.h"

struct check {
	struct powercut_state *state;
	char data[300];
	struct load load; /* with one more */
	struct powercut_memory memory;
	struct journal *journal;
};

static bool
check_recover(struct check *check)
{
	int64_t torn = counter_get(&journal_stats[JOURNAL_TORN]) +
	    counter_get(&journal_stats[JOURNAL_QUARANTINED]);
	bool good = powercut_recover(&check->load, check->data,
	    check->state->config, &check->journal, &check->memory);

	check->state->torn +=
	    (size_t)(counter_get(&journal_stats[JOURNAL_TORN]) +
		counter_get(&journal_stats[JOURNAL_QUARANTINED]) - torn);
	return good;
}

static const struct load_found *
check_find(const struct check *check, size_t n)
{
	for (size_t i = 0; i < check->memory.count; i++)
		if (check->memory.found[i].n == n)
			return &check->memory.found[i];
	return NULL;
}

static bool
check_due(const struct check *check, size_t n)
{
	const struct load_item *item = &check->load.items[n];

	return item->acked && item->acked_at < check->state->at;
}

/* Nothing lost, nothing invented. */
static bool
check_book(struct check *check)
{
	const struct load *load = &check->load;
	bool good = true;

	for (size_t n = 0; n < load->count; n++) {
		const struct load_found *found = check_find(check, n);
		const struct load_item *item = &load->items[n];
		bool offered =
		    item->offered && item->offered_at < check->state->at;

		if (found != NULL && !offered) {
			fprintf(stderr, "number %zu comes from nowhere\n", n);
			good = false;
		}
		if (!check_due(check, n))
			continue;
		check->state->acked++;
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
check_append(struct check *check, size_t n, bool *new, uint64_t *seq)
{
	uint64_t last = journal_last(check->journal);
	struct load_entry made;
	struct err err = {""};
	enum rc rc;

	load_make(&check->load, n, &made);
	rc = journal_append_wait(check->journal, &made.entry, seq, &err);
	load_free(&made);
	*new = journal_last(check->journal) > last;
	if (rc != RC_OK)
		fprintf(stderr, "number %zu refused: %s\n", n, err.text);
	return rc == RC_OK;
}

/* Asked again, nothing is added. */
static bool
check_repeats(struct check *check)
{
	for (size_t n = 0; n < check->load.count; n++) {
		uint64_t seq;
		struct load_entry made;
		bool has_id, new;

		load_make(&check->load, n, &made);
		has_id = made.entry.request_id.len > 0;
		load_free(&made);
		if (!has_id || !check_due(check, n))
			continue;
		if (!check_append(check, n, &new, &seq))
			return false;
		if (new || seq != check->load.items[n].seq) {
			fprintf(stderr,
			    "number %zu asked again: %s, at %llu not %llu\n", n,
			    new ? "added" : "known", (unsigned long long)seq,
			    (unsigned long long)check->load.items[n].seq);
			return false;
		}
	}
	return true;
}

/* One more goes in behind the others, and recovery says all that again. */
static bool
check_again(struct check *check)
{
	struct powercut_memory before = check->memory, *now = &check->memory;
	size_t n = check->load.count++;
	uint64_t seq;
	bool new, good;

	*now = (struct powercut_memory){0};
	good = check_append(check, n, &new, &seq);
	journal_close(&check->journal);
	good = good && check_recover(check);
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
	powercut_forget(&before);
	return good;
}

bool
powercut_check(struct powercut_state *state)
{
	struct check *check = calloc(1, sizeof(*check));
	bool good;

	if (check == NULL)
		abort();
	check->state = state;
	check->load = *state->load;
	snprintf(check->data, sizeof(check->data), "%s/data", state->folder);
	good = check_recover(check) && check_book(check) &&
	    check_repeats(check) && check_again(check);
	journal_close(&check->journal);
	powercut_forget(&check->memory);
	free(check);
	return good;
}
