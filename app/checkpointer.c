#include "app/checkpointer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "journal/checkpoint.h"

#define SECOND_US 1000000LL
#define MINUTE_MS 60000LL
#define DAY_MS (24 * 60 * MINUTE_MS)
/* So much log, plain, is a checkpoint worth before its time: about what is
 * read in a few seconds. Not more often than once a minute. */
#define CHECKPOINTER_APPLIED_BYTES (4 * GIB)
#define CHECKPOINTER_DEADLINE_US (600 * SECOND_US)
/* The child's status. */
#define CHECKPOINTER_NO_SYNC 2

const struct option checkpointer_options[] = {
    {"checkpoint", OPTION_DURATION,
	offsetof(struct checkpointer_config, every_ms), "5m", 1000, DAY_MS,
	"how often all that was computed is saved, so that a start need not "
	"read the whole log"},
    {0}};

#define GAUGE(title, sentence)                                                 \
	{                                                                      \
		.name = title, .help = sentence, .gauge = true                 \
	}

struct counter checkpointer_stats[CHECKPOINTER_STATS] = {
    [CHECKPOINTER_MADE] = {.name = "tocsin_checkpoints_total",
	.help = "Checkpoints made."},
    [CHECKPOINTER_FAILED] = {.name = "tocsin_checkpoints_failed_total",
	.help = "Checkpoints that could not be made; the log says why."},
    [CHECKPOINTER_POSITION] = GAUGE("tocsin_checkpoint_position",
	"The entry up to which the newest checkpoint goes."),
    [CHECKPOINTER_PAUSE] = {.name = "tocsin_checkpoint_pause_seconds",
	.help = "How long work stood still for the last checkpoint, at most.",
	.gauge = true,
	.milli = true},
    [CHECKPOINTER_TOOK] = {.name = "tocsin_checkpoint_duration_seconds",
	.help = "From the beginning of the last checkpoint to its end.",
	.gauge = true,
	.milli = true},
    [CHECKPOINTER_BYTES] =
	GAUGE("tocsin_checkpoint_bytes", "Size of the newest checkpoint.")};

struct checkpointer {
	struct checkpointer_sources sources;
	struct checkpointer_config config;
	uint64_t made;	  /* the newest one's seq */
	uint64_t seq;	  /* of the one being written */
	int64_t last_us;  /* when it was begun; monotonic */
	uint64_t applied; /* bytes, since then */
	int64_t pause_us;
	pid_t child; /* 0: none */
	int fd;
	struct err *told; /* by the child; shared with it */
};

static int64_t
checkpointer_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

struct checkpointer *
checkpointer_create(const struct checkpointer_sources *sources,
    const struct checkpointer_config *config, uint64_t seq)
{
	struct checkpointer *self = calloc(1, sizeof(*self));

	if (self == NULL)
		log_die("out of memory: checkpointer");
	self->sources = *sources;
	self->config = *config;
	self->made = seq;
	self->last_us = checkpointer_now_us();
	self->told = mmap(NULL, sizeof(*self->told), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (self->told == MAP_FAILED)
		log_die("out of memory: checkpointer");
	counter_set(&checkpointer_stats[CHECKPOINTER_POSITION], (int64_t)seq);
	return self;
}

/* The longest of the standstills of one checkpoint. */
static void
checkpointer_paused(struct checkpointer *self, int64_t since_us)
{
	int64_t us = checkpointer_now_us() - since_us;

	log_debug("checkpoint_pause", "seq=%llu us=%lld",
	    (unsigned long long)self->seq, (long long)us);
	if (us > self->pause_us)
		self->pause_us = us;
	counter_set(&checkpointer_stats[CHECKPOINTER_PAUSE],
	    (self->pause_us + 999) / 1000);
}

static void
checkpointer_failed(struct checkpointer *self, const char *reason)
{
	counter_add(&checkpointer_stats[CHECKPOINTER_FAILED], 1);
	log_error("checkpoint_failed", "seq=%llu reason=%s",
	    (unsigned long long)self->seq, reason);
}

/* What is open in the parent stays with the parent: its lock, its ports, its
 * connections would live on in the child. */
static void
checkpointer_close_others(int fd)
{
	if (fd > STDERR_FILENO + 1)
		close_range(STDERR_FILENO + 1, (unsigned)fd - 1, 0);
	close_range((unsigned)fd + 1, ~0u, 0);
}

/* Ours first, when memory is short. */
static void
checkpointer_yield(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	setpriority(PRIO_PROCESS, 0, 10);
	if (fd < 0)
		return;
	if (write(fd, "1000", 4) != 4)
		setpriority(PRIO_PROCESS, 0, 19); /* more than that we cannot */
	close(fd);
}

/* RC_FATAL: what must be on the disk before it counts may not be there. */
static enum rc
checkpointer_save(const struct checkpointer *self,
    const struct checkpointer_state *state, struct err *err)
{
	const struct checkpointer_sources *sources = &self->sources;
	enum rc rc = checkpointer_write(sources, state, self->fd, err);

	if (rc != RC_OK)
		return RC_RETRY;
	return sources->outcomes == NULL
	    ? RC_OK
	    : outcomes_sync(sources->outcomes, err);
}

/* Also makes it count: a disk that is slow to sync holds up nobody else. */
static _Noreturn void
checkpointer_child(const struct checkpointer *self,
    const struct checkpointer_state *state, pid_t parent)
{
	enum rc rc;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	checkpointer_close_others(self->fd);
	checkpointer_yield();
	rc = checkpointer_save(self, state, self->told);
	if (rc == RC_OK)
		rc = checkpoint_commit(
		    self->sources.folder, self->seq, self->fd, self->told);
	_exit(rc == RC_OK ? 0 : rc == RC_FATAL ? CHECKPOINTER_NO_SYNC : 1);
}

static void
checkpointer_begin(
    struct checkpointer *self, const struct checkpointer_state *state)
{
	const struct checkpointer_sources *sources = &self->sources;
	pid_t parent = getpid(), child;
	struct err err;
	int64_t since_us;

	self->last_us = checkpointer_now_us();
	self->applied = 0;
	self->pause_us = 0;
	self->seq = state->seq;
	*self->told = (struct err){"it was killed"};
	if (checkpoint_begin(sources->folder, self->seq, &self->fd, &err) !=
	    RC_OK) {
		checkpointer_failed(self, err.text);
		return;
	}
	since_us = checkpointer_now_us();
	if (sources->notifier != NULL)
		notifier_hold(sources->notifier);
	journal_hold(sources->journal);
	child = fork();
	if (child == 0)
		checkpointer_child(self, state, parent);
	journal_release(sources->journal);
	if (sources->notifier != NULL)
		notifier_release(sources->notifier);
	checkpointer_paused(self, since_us);
	if (child > 0) {
		self->child = child;
		return;
	}
	err_errno(&err, RC_RETRY, "fork");
	checkpointer_failed(self, err.text);
	checkpoint_abandon(sources->folder, self->seq, self->fd);
}

static void
checkpointer_trim(struct checkpointer *self)
{
	const struct checkpointer_sources *sources = &self->sources;
	uint64_t upto = checkpoint_oldest(sources->folder);
	uint64_t needed = UINT64_MAX;

	if (sources->needed != NULL)
		needed = sources->needed(sources->cookie);
	if (sources->outcomes != NULL)
		outcomes_trim(sources->outcomes, needed);
	upto = upto < needed ? upto : needed;
	if (upto > 0)
		journal_trim(sources->journal, upto);
}

/* It is there for good. */
static void
checkpointer_made(struct checkpointer *self, int64_t bytes)
{
	self->made = self->seq;
	counter_add(&checkpointer_stats[CHECKPOINTER_MADE], 1);
	counter_set(
	    &checkpointer_stats[CHECKPOINTER_POSITION], (int64_t)self->seq);
	counter_set(&checkpointer_stats[CHECKPOINTER_BYTES], bytes);
	counter_set(&checkpointer_stats[CHECKPOINTER_TOOK],
	    (checkpointer_now_us() - self->last_us) / 1000);
	log_info("checkpoint_made", "seq=%llu bytes=%lld took_ms=%lld",
	    (unsigned long long)self->seq, (long long)bytes,
	    (long long)(checkpointer_now_us() - self->last_us) / 1000);
}

static int64_t
checkpointer_size(int fd)
{
	struct stat file;

	return fstat(fd, &file) == 0 ? file.st_size : 0;
}

/* Has the child ended? */
static void
checkpointer_look(struct checkpointer *self)
{
	int status;
	pid_t got = waitpid(self->child, &status, WNOHANG);
	int64_t since_us = checkpointer_now_us();

	if (got == 0) {
		if (since_us - self->last_us > CHECKPOINTER_DEADLINE_US)
			kill(self->child, SIGKILL);
		return;
	}
	self->child = 0;
	if (got > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		checkpointer_made(self, checkpointer_size(self->fd));
		close(self->fd);
		checkpointer_trim(self);
		checkpointer_paused(self, since_us);
		return;
	}
	if (got > 0 && WIFEXITED(status) &&
	    WEXITSTATUS(status) == CHECKPOINTER_NO_SYNC)
		log_die("%s", self->told->text);
	checkpointer_failed(self, self->told->text);
	checkpoint_abandon(self->sources.folder, self->seq, self->fd);
}

static bool
checkpointer_due(const struct checkpointer *self)
{
	int64_t ms = (checkpointer_now_us() - self->last_us) / 1000;

	return ms >= self->config.every_ms ||
	    (ms >= MINUTE_MS && self->applied >= CHECKPOINTER_APPLIED_BYTES);
}

void
checkpointer_applied(struct checkpointer *checkpointer, uint64_t bytes)
{
	checkpointer->applied += bytes;
}

void
checkpointer_step(struct checkpointer *checkpointer,
    const struct checkpointer_state *state, bool tick)
{
	if (checkpointer->child > 0)
		checkpointer_look(checkpointer);
	else if (tick && checkpointer_due(checkpointer))
		checkpointer_begin(checkpointer, state);
}

static void
checkpointer_end_child(struct checkpointer *self)
{
	if (self->child == 0)
		return;
	kill(self->child, SIGKILL);
	while (waitpid(self->child, NULL, 0) < 0 && errno == EINTR)
		;
	self->child = 0;
	checkpoint_abandon(self->sources.folder, self->seq, self->fd);
}

void
checkpointer_finish(
    struct checkpointer *checkpointer, const struct checkpointer_state *state)
{
	const struct checkpointer_sources *sources = &checkpointer->sources;
	struct err err;
	int64_t bytes;
	enum rc rc;

	checkpointer_end_child(checkpointer);
	if (state->seq == checkpointer->made)
		return;
	checkpointer->seq = state->seq;
	checkpointer->last_us = checkpointer_now_us();
	if (checkpoint_begin(sources->folder, state->seq, &checkpointer->fd,
		&err) != RC_OK) {
		checkpointer_failed(checkpointer, err.text);
		return;
	}
	rc = checkpointer_save(checkpointer, state, &err);
	if (rc == RC_FATAL)
		log_die("%s", err.text);
	bytes = checkpointer_size(checkpointer->fd);
	if (rc != RC_OK)
		checkpoint_abandon(
		    sources->folder, state->seq, checkpointer->fd);
	else
		rc = checkpoint_commit(
		    sources->folder, state->seq, checkpointer->fd, &err);
	if (rc == RC_OK)
		checkpointer_made(checkpointer, bytes);
	else
		checkpointer_failed(checkpointer, err.text);
}

void
checkpointer_free(struct checkpointer **checkpointer)
{
	struct checkpointer *old = *checkpointer;

	if (old == NULL)
		return;
	checkpointer_end_child(old);
	munmap(old->told, sizeof(*old->told));
	free(old);
	*checkpointer = NULL;
}
