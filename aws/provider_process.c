#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "aws/environment.h"
#include "aws/provider.h"
#include "base/limits.h"
#include "base/log.h"

/* How long a program may take, and how often a stop is looked for. */
#define PROCESS_MS (60 * 1000LL)
#define PROCESS_LOOK_MS 100
#define PROCESS_WORDS 64

extern char **environ;

static bool
blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

/* Takes the next word off the line; false when a quote is not closed. */
static bool
word_take(struct span *line, struct buf *word)
{
	char quote = '\0';

	while (line->len > 0 && (quote != '\0' || !blank(line->at[0]))) {
		char byte = line->at[0];

		*line = span_make(line->at + 1, line->len - 1);
		if (quote == '\0' && (byte == '\'' || byte == '"')) {
			quote = byte;
		} else if (byte == quote && quote != '\0') {
			quote = '\0';
		} else if (byte == '\\' && quote != '\'' && line->len > 0 &&
		    (quote == '\0' || line->at[0] == '"' ||
			line->at[0] == '\\')) {
			buf_byte(word, line->at[0]);
			*line = span_make(line->at + 1, line->len - 1);
		} else {
			buf_byte(word, byte);
		}
	}
	return quote == '\0';
}

char **
provider_words(struct arena *arena, struct span line)
{
	char **words = arena_alloc(arena, (PROCESS_WORDS + 1) * sizeof(*words));
	size_t nwords = 0;
	bool good = true;

	for (;;) {
		struct buf word = {0};

		while (line.len > 0 && blank(line.at[0]))
			line = span_make(line.at + 1, line.len - 1);
		if (line.len == 0)
			break;
		good = nwords < PROCESS_WORDS && word_take(&line, &word);
		if (good)
			words[nwords++] = arena_text(arena, buf_span(&word));
		buf_fini(&word);
		if (!good)
			break;
	}
	return good && nwords > 0 ? words : NULL;
}

/*
 * No shell. The program has a group of its own, so that all of it can be
 * ended, no signal blocked, no file of ours, and nothing to read; what it says
 * on standard error is nobody's, for it may quote a secret.
 */
static int
process_start(char *const words[], int output, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t how;
	sigset_t none, usual;
	int code;

	sigemptyset(&none);
	sigemptyset(&usual);
	sigaddset(&usual, SIGPIPE);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, output, 1);
	posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addclosefrom_np(&files, 3);
	posix_spawnattr_init(&how);
	posix_spawnattr_setsigmask(&how, &none);
	posix_spawnattr_setsigdefault(&how, &usual);
	posix_spawnattr_setpgroup(&how, 0);
	posix_spawnattr_setflags(&how,
	    POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
		POSIX_SPAWN_SETPGROUP);
	code = posix_spawnp(pid, words[0], &files, &how, words, environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&how);
	return code;
}

static int64_t
clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Until the output ends. NULL when it did, else what went wrong. */
static const char *
output_read(struct http *http, int fd, struct buf *output)
{
	int64_t until_ms = clock_ms() + PROCESS_MS;

	for (;;) {
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		ssize_t got;

		if (!http_wait(http, 0))
			return "was ended because tocsin stops";
		if (clock_ms() >= until_ms)
			return "took longer than a minute";
		if (poll(&ready, 1, PROCESS_LOOK_MS) <= 0)
			continue;
		got = read(fd, output->bytes + output->len,
		    output->room - output->len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return "could not be read";
		if (got == 0)
			return NULL;
		output->len += (size_t)got;
		if (output->len == output->room)
			return "says too much";
	}
}

/* Its status, or -1 when it was ended. */
static int
process_end(pid_t pid, bool at_once)
{
	int status = 0;
	pid_t got;

	if (at_once)
		kill(-pid, SIGKILL);
	do
		got = waitpid(pid, &status, 0);
	while (got < 0 && errno == EINTR);
	return got == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static enum rc
process_run(struct provider *provider, char *const words[], struct buf *output,
    struct err *err)
{
	const char *fault;
	int pipes[2], code;
	pid_t pid = 0;

	if (pipe2(pipes, O_CLOEXEC) != 0)
		return err_errno(err, RC_RETRY, "credential_process");
	code = process_start(words, pipes[1], &pid);
	close(pipes[1]);
	if (code != 0) {
		close(pipes[0]);
		errno = code;
		return err_errno(
		    err, RC_RETRY, "credential_process %s", words[0]);
	}
	fault = output_read(provider->http, pipes[0], output);
	close(pipes[0]);
	code = process_end(pid, fault != NULL);
	if (fault != NULL)
		return err_set(
		    err, RC_RETRY, "credential_process %s %s", words[0], fault);
	if (code != 0)
		return err_set(err, RC_RETRY,
		    "credential_process %s ended with status %d", words[0],
		    code);
	return RC_OK;
}

enum rc
provider_process(struct provider *provider, struct span profile,
    struct credentials_held *held, struct err *err)
{
	struct span line =
	    profiles_get(&provider->profiles, profile, "credential_process");
	struct buf output = {0};
	struct arena arena;
	char **words, fault[128];
	enum rc rc;

	if (line.len == 0)
		return RC_AGAIN;
	arena_init(&arena);
	words = provider_words(&arena, line);
	if (words == NULL) {
		arena_fini(&arena);
		return err_set(err, RC_RETRY,
		    "credential_process of profile %.*s is no command line",
		    SPAN_ARGS(profile));
	}
	provider->remote = true;
	buf_reserve(&output, LIMIT_CREDENTIALS_BYTES);
	rc = process_run(provider, words, &output, err);
	if (rc == RC_OK &&
	    !credentials_json(
		held, buf_span(&output), "SessionToken", true, fault))
		rc = err_set(err, RC_RETRY, "credential_process %s: %s",
		    words[0], fault);
	OPENSSL_cleanse(output.bytes, output.room);
	buf_fini(&output);
	arena_fini(&arena);
	return rc;
}
