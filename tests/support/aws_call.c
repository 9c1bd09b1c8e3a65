/*
 * One call by the product's own AWS client, for tests in Python:
 *
 *   aws_call [option…] SERVICE REGION METHOD OPERATION PATH
 *
 *   -b BUCKET  -e ENDPOINT  -q QUERY  -H NAME:VALUE…  -w HEADER…
 *   -d BODY  -f FILE (with its hash)  -u (payload not signed)
 *   -n TIMES -j THREADS: after the first call so many more by each thread
 *
 * Prints "rc status error", a line "name: value" for each -w, an empty line
 * and the answer's body; with -n how many calls were good.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aws/client.h"

#define MANY 16

struct job {
	struct aws_client *client;
	const struct aws_call *call;
	const char *operation;
	int times;
	_Atomic int *good;
};

static void *
job_run(void *context)
{
	struct job *job = context;

	for (int i = 0; i < job->times; i++) {
		struct http_answer answer = {0};
		struct err err = {{0}};

		if (aws_send(job->client, job->call, job->operation, &answer,
			&err) == RC_OK)
			(*job->good)++;
		else
			fprintf(stderr, "%s\n", err.text);
		http_answer_fini(&answer);
	}
	return NULL;
}

static void
jobs_run(const struct job *job, int nthreads)
{
	pthread_t threads[MANY];
	struct job copy = *job;

	for (int i = 0; i < nthreads; i++)
		pthread_create(&threads[i], NULL, job_run, &copy);
	for (int i = 0; i < nthreads; i++)
		pthread_join(threads[i], NULL);
}

static void
header_add(struct aws_call *call, struct http_header *headers, char *text)
{
	char *colon = strchr(text, ':');

	if (colon == NULL || call->nheaders == MANY)
		exit(2);
	*colon = '\0';
	headers[call->nheaders++] =
	    (struct http_header){text, span_text(colon + 1)};
}

static void
file_take(struct aws_call *call, const char *path)
{
	struct stat status;

	call->body_fd = open(path, O_RDONLY | O_CLOEXEC);
	if (call->body_fd < 0 || fstat(call->body_fd, &status) != 0)
		exit(2);
	call->body_fd_bytes = (uint64_t)status.st_size;
}

static int
answer_print(const struct http_answer *answer, enum rc rc,
    const struct err *err, const char *const wanted[])
{
	printf("%d %ld %s\n", rc, answer->status, err->text);
	for (size_t i = 0; wanted[i] != NULL; i++)
		printf("%s: %s\n", wanted[i], answer->wanted[i]);
	printf("\n");
	fwrite(answer->body.bytes, 1, answer->body.len, stdout);
	return rc == RC_OK ? 0 : 1;
}

int
main(int argc, char **argv)
{
	static const char *wanted[HTTP_WANTED + 1];
	static struct http_header headers[MANY];
	struct aws_call call = {.headers = headers, .wanted = wanted};
	struct http *http = http_create(getenv("AWS_CA_BUNDLE"));
	struct aws_client *client = aws_client_create(http);
	struct http_answer answer = {0};
	struct err err = {{0}};
	int times = 0, nthreads = 1, nwanted = 0, option, status;
	_Atomic int good = 0;
	enum rc rc;

	while ((option = getopt(argc, argv, "b:e:q:H:w:d:f:un:j:")) != -1)
		switch (option) {
		case 'b':
			call.bucket = span_text(optarg);
			break;
		case 'e':
			call.endpoint = span_text(optarg);
			break;
		case 'q':
			call.query = span_text(optarg);
			break;
		case 'H':
			header_add(&call, headers, optarg);
			break;
		case 'w':
			wanted[nwanted++] = optarg;
			break;
		case 'd':
			call.body = span_text(optarg);
			break;
		case 'f':
			file_take(&call, optarg);
			break;
		case 'u':
			call.unsigned_payload = true;
			break;
		case 'n':
			times = atoi(optarg);
			break;
		case 'j':
			nthreads = atoi(optarg);
			break;
		default:
			return 2;
		}
	if (argc - optind != 5 || nwanted > HTTP_WANTED || nthreads > MANY)
		return 2;
	call.service = argv[optind];
	call.region = span_text(argv[optind + 1]);
	call.method = argv[optind + 2];
	call.path = span_text(argv[optind + 4]);
	rc = aws_send(client, &call, argv[optind + 3], &answer, &err);
	status = answer_print(&answer, rc, &err, wanted);
	if (times > 0) {
		jobs_run(&(struct job){client, &call, argv[optind + 3], times,
			     &good},
		    nthreads);
		printf("\ngood: %d\n", good);
	}
	http_answer_fini(&answer);
	aws_client_free(&client);
	http_free(&http);
	return status;
}
