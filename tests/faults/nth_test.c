/*
 * The n-th call fails, for every n until a run passes untouched: calls on
 * files (EIO, ENOSPC, EINTR, half a write) and allocations, once and from
 * then on.
 *
 *   nth_test          every n with EIO; of the others every eighth
 *   nth_test all      every n of all
 *
 * Each is a life of a journal in a process of its own, and then, in another
 * one and with nothing failing any more, an audit (audit.h) of what it left.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit.h"
#include "base/log.h"
#include "disk.h"
#include "fail.h"
#include "restart.h"

#define DIED 3 /* log_die() */
#define WRONG 1
#define SOME 8

/* In memory that the processes share. */
struct book {
	struct load load;
	struct fail_result result;
	int untold;   /* refusals that said nothing */
	int refusals; /* told */
	bool ended;   /* the life came to its end, appending */
};

struct life {
	struct book *book;
	char data[300];
	struct journal *journal;
	struct memory memory;
};

static const struct journal_config config = {
    .segment_size_bytes = 1, .segment_age_ms = 3600000, .limit_bytes = 1 << 30};

static void
life_told(struct book *book, const struct err *err)
{
	if (err->text[0] == '\0')
		book->untold++;
	book->refusals++;
}

/* Once more when it is refused, as Firehose would. */
static bool
life_append(struct life *life, size_t n)
{
	struct load_item *item = &life->book->load.items[n];
	struct load_entry made;
	enum rc rc = RC_RETRY;
	uint64_t seq;

	if (n >= life->book->load.count)
		life->book->load.count = n + 1;
	item->offered = true;
	load_make(&life->book->load, n, &made);
	for (int i = 0; i < 3 && rc == RC_RETRY; i++) {
		struct err err = {""};

		rc =
		    journal_append_wait(life->journal, &made.entry, &seq, &err);
		if (rc != RC_OK)
			life_told(life->book, &err);
	}
	load_free(&made);
	if (rc == RC_OK) {
		item->seq = seq;
		item->acked = true;
	}
	return rc == RC_OK;
}

/* The first entry with a request id, once more. */
static void
life_repeat(struct life *life)
{
	bool has_id = false;

	for (size_t n = 0; !has_id; n++) {
		struct load_entry made;

		load_make(&life->book->load, n, &made);
		has_id = made.entry.request_id.len > 0;
		load_free(&made);
		if (has_id)
			life_append(life, n);
	}
}

static bool
life_open(struct life *life)
{
	bool good = false;

	for (int i = 0; i < 2 && !good; i++) {
		restart_forget(&life->memory);
		good = restart_run(&life->book->load, life->data, &config,
		    &life->journal, &life->memory);
		if (!good)
			journal_close(&life->journal);
	}
	return good;
}

static bool
life_checkpoint(struct life *life)
{
	return restart_follow(&life->book->load, life->data, &life->memory) &&
	    life->memory.count > 0 &&
	    restart_checkpoint(life->journal, life->data, &life->memory);
}

/* Entries of this seed: 0 to 11 are batches, ticks and a config. */
static bool
life_run(struct life *life)
{
	bool good = life_open(life);

	if (!good)
		return false;
	for (size_t n = 0; n < 12; n++)
		good = life_append(life, n) && good;
	life_repeat(life);
	life_checkpoint(life);
	for (size_t n = 12; n < 18; n++)
		good = life_append(life, n) && good;
	life_checkpoint(life);
	life_checkpoint(life);
	journal_close(&life->journal);
	if (!life_open(life))
		return false;
	for (size_t n = 18; n < 22; n++)
		good = life_append(life, n) && good;
	return good;
}

/* Descriptors that are open. */
static int
life_descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static int
life_child(struct book *book, const char *folder, const struct fail_plan *plan)
{
	struct life life = {.book = book};
	int before = life_descriptors();

	snprintf(life.data, sizeof(life.data), "%s/data", folder);
	fail_arm(plan, &book->result);
	book->ended = life_run(&life);
	journal_close(&life.journal);
	fail_disarm();
	restart_forget(&life.memory);
	return life_descriptors() == before ? 0 : WRONG;
}

static int
audit_child(struct book *book, const char *folder)
{
	struct audit audit = {
	    .load = &book->load, .config = &config, .at = SIZE_MAX};

	snprintf(audit.folder, sizeof(audit.folder), "%s", folder);
	return audit_run(&audit) ? 0 : WRONG;
}

/* The status of a child that does one of the two. */
static int
apart(struct book *book, const char *folder, const struct fail_plan *plan)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		/* What is refused is said at length there. */
		if (plan != NULL && getenv("NTH_LOUD") == NULL &&
		    freopen("/dev/null", "w", stderr) == NULL)
			abort();
		if (plan != NULL)
			exit(life_child(book, folder, plan));
		/* Without the search for leaks, which costs the most. */
		_exit(audit_child(book, folder));
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		abort();
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + status;
}

/* What was to be: NULL, or what was not so. */
static const char *
judge(const struct book *book, const struct fail_plan *plan, int status)
{
	const struct fail_result *result = &book->result;
	bool may_die = result->kind == FAIL_SYNC ||
	    result->kind == FAIL_MEMORY ||
	    (result->kind == FAIL_OPEN && result->folder) || plan->lasting;

	if (status != 0 && status != DIED)
		return "crashed, or leaked";
	if (book->untold > 0)
		return "refused and did not say why";
	if (status == DIED && (result->failed == 0 || !may_die))
		return "died of what it should bear";
	if (result->kind == FAIL_SYNC && status != DIED)
		return "a sync failed and it went on";
	if (result->kind == FAIL_MEMORY && status != DIED)
		return "out of memory and it went on";
	if (status == 0 && !plan->lasting && !book->ended)
		return "one fault, and entries are refused for good";
	return NULL;
}

struct tally {
	size_t runs, died, refused, wrong;
};

/* False: nothing failed any more. */
static bool
run(struct book *book, const struct fail_plan *plan, struct tally *tally)
{
	char folder[] = "/tmp/tocsin-nth-XXXXXX";
	const char *why;
	int status;

	memset(book, 0, sizeof(*book));
	book->load.seed = 4;
	if (mkdtemp(folder) == NULL)
		abort();
	status = apart(book, folder, plan);
	why = judge(book, plan, status);
	if (why == NULL && apart(book, folder, NULL) != 0)
		why = "see above";
	tally->runs++;
	tally->died += status == DIED;
	tally->refused += book->refusals > 0;
	if (why != NULL) {
		tally->wrong++;
		fprintf(stderr, "%s %d, %s%s (kind %d), status %d: %s\n",
		    plan->memory ? "allocation" : "call", plan->nth,
		    plan->how == FAIL_SHORT ? "half a write"
					    : strerror(plan->how),
		    plan->lasting ? ", lasting" : "", book->result.kind, status,
		    why);
	}
	disk_remove(folder);
	return book->result.calls >= plan->nth;
}

static void
run_all(struct book *book, struct fail_plan plan, int step, struct tally *tally)
{
	plan.nth = 1;
	while (tally->wrong < 10 && run(book, &plan, tally))
		plan.nth += step;
}

int
main(int argc, char **argv)
{
	static const struct fail_plan plans[] = {{.how = EIO},
	    {.how = EIO, .lasting = true}, {.how = ENOSPC},
	    {.how = ENOSPC, .lasting = true}, {.how = EROFS, .lasting = true},
	    {.how = EINTR}, {.how = FAIL_SHORT},
	    {.how = FAIL_SHORT, .lasting = true},
	    {.memory = true, .how = ENOMEM}};
	bool all = argc > 1 && strcmp(argv[1], "all") == 0;
	struct book *book = mmap(NULL, sizeof(*book), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct tally tally = {0};

	if (book == MAP_FAILED)
		abort();
	log_setup(LOG_ERROR, false);
	for (size_t i = 0; i < sizeof(plans) / sizeof(*plans); i++)
		run_all(book, plans[i], all || i == 0 ? 1 : SOME, &tally);
	printf("nth: %zu runs with a fault, %zu ended the process, %zu "
	       "refused entries and said why; %zu wrong\n",
	    tally.runs, tally.died, tally.refused, tally.wrong);
	return tally.wrong == 0 ? 0 : 1;
}
