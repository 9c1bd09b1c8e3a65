/*
 * The n-th call fails while file_replace() writes a position, of a sink or of
 * the archive: afterwards it is the old one or the new one, whole, and the
 * new one when that was said.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "disk.h"
#include "fail.h"

#define DIED 3 /* log_die() */

/* In memory that the processes share. */
struct book {
	struct fail_result result;
	bool replaced, untold;
};

static int
replace_child(struct book *book, const struct fail_plan *plan, const char *path)
{
	struct err err = {""};

	fail_arm(plan, &book->result);
	book->replaced =
	    file_replace(path, span_text("a newer position\n"), &err) == RC_OK;
	fail_disarm();
	book->untold = !book->replaced && err.text[0] == '\0';
	return 0;
}

static const char *
replace_judge(const struct book *book, int status, const char *path)
{
	bool died = book->result.kind == FAIL_SYNC ||
	    book->result.kind == FAIL_MEMORY ||
	    (book->result.kind == FAIL_OPEN && book->result.folder);
	struct buf now = {0};
	struct err err;
	const char *why = NULL;
	bool old, new;

	if (file_read(path, &now, &err) != RC_OK)
		return "cannot be read";
	old = strcmp(buf_cstr(&now), "old\n") == 0;
	new = strcmp(buf_cstr(&now), "a newer position\n") == 0;
	if (!old && !new)
		why = "neither the old nor the new one";
	if (book->replaced && !new)
		why = "said to be new, and is not";
	if (book->untold)
		why = "refused and did not say why";
	if (status != (died ? DIED : 0))
		why = "the process ended, or should have";
	buf_fini(&now);
	return why;
}

/* False: nothing failed any more. */
static bool
replace_run(struct book *book, const struct fail_plan *plan, int *wrong)
{
	char folder[] = "/tmp/tocsin-replace-XXXXXX", path[64];
	const char *why;
	struct err err;
	int status;
	pid_t pid;

	memset(book, 0, sizeof(*book));
	if (mkdtemp(folder) == NULL)
		abort();
	snprintf(path, sizeof(path), "%s/position", folder);
	if (file_replace(path, span_text("old\n"), &err) != RC_OK)
		abort();
	pid = fork();
	if (pid == 0)
		exit(replace_child(book, plan, path));
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		abort();
	why = replace_judge(
	    book, WIFEXITED(status) ? WEXITSTATUS(status) : -1, path);
	if (why != NULL)
		fprintf(stderr, "%s %d, errno %d: status %#x: %s\n",
		    plan->memory ? "allocation" : "call", plan->nth, plan->how,
		    (unsigned)status, why);
	*wrong += why != NULL;
	disk_remove(folder);
	return book->result.calls >= plan->nth;
}

int
main(void)
{
	static const struct fail_plan plans[] = {{.how = EIO},
	    {.how = EIO, .lasting = true}, {.how = ENOSPC},
	    {.how = ENOSPC, .lasting = true}, {.how = EINTR},
	    {.how = FAIL_SHORT}, {.how = FAIL_SHORT, .lasting = true},
	    {.memory = true, .how = ENOMEM}};
	struct book *book = mmap(NULL, sizeof(*book), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int runs = 0, wrong = 0;

	if (book == MAP_FAILED)
		abort();
	log_setup(LOG_ERROR, false);
	for (size_t i = 0; i < sizeof(plans) / sizeof(*plans); i++) {
		struct fail_plan plan = plans[i];

		do {
			plan.nth++;
			runs++;
		} while (replace_run(book, &plan, &wrong) && wrong < 10);
	}
	printf("replace: %d runs, %d wrong\n", runs, wrong);
	return wrong == 0 ? 0 : 1;
}
