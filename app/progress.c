#include "app/progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

static int64_t
progress_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

void
progress_begin(struct progress *progress, const char *what, const char *unit,
    uint64_t total)
{
	*progress = (struct progress){.what = what,
	    .unit = unit,
	    .total = total,
	    .on = isatty(STDERR_FILENO)};
	if (progress->on)
		progress->began_ms = progress->said_ms = progress_now();
}

static void
progress_amount(
    const struct progress *progress, char out[TEXT_TIME_SIZE], uint64_t amount)
{
	if (progress->unit != NULL)
		snprintf(out, TEXT_TIME_SIZE, "%llu %s",
		    (unsigned long long)amount, progress->unit);
	else
		snprintf(
		    out, TEXT_TIME_SIZE, "%.1f MiB", (double)amount / 1048576);
}

void
progress_at(struct progress *progress, uint64_t done)
{
	char have[TEXT_TIME_SIZE], all[TEXT_TIME_SIZE], rate[TEXT_TIME_SIZE];
	int64_t now, spent;
	double left;

	if (!progress->on)
		return;
	now = progress_now();
	if (now - progress->said_ms < 1000)
		return;
	progress->said_ms = now;
	spent = now - progress->began_ms;
	progress_amount(progress, have, done);
	progress_amount(progress, all, progress->total);
	progress_amount(progress, rate, done * 1000 / (uint64_t)spent);
	left = done == 0 || done > progress->total
	    ? 0
	    : (double)(progress->total - done) * (double)spent / (double)done /
		1000;
	fprintf(stderr, "\r\033[K%s: %s of %s, %s/s, %.0f s left",
	    progress->what, have, all, rate, left);
}

void
progress_end(struct progress *progress)
{
	if (progress->on && progress->said_ms != progress->began_ms)
		fprintf(stderr, "\r\033[K");
	progress->on = false;
}
