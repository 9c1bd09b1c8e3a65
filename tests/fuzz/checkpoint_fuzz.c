/* Checkpoints: used or refused, never a crash. A first byte of 0: the rest is
 * the journal's state. Otherwise it is a file, whose checksum is made right so
 * that something is behind it. */
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "base/log.h"
#include "journal/checkpoint_file.h"
#include "journal/resume_codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#define CRC_AT 20
#define SEQ 5

static void
fuzz_state(struct span state)
{
	const struct journal_resume from = {SEQ, state};
	struct requests requests;
	struct resume resume;
	struct marks marks;
	struct err err = {""};

	requests_init(&requests);
	marks_init(&marks);
	if (resume_load(&resume, &requests, &marks, &from, &err) != RC_OK)
		invariant(err.text[0] != '\0');
	resume_fini(&resume);
	requests_fini(&requests);
	marks_fini(&marks);
}

static void
fuzz_stamp(char *file, size_t len)
{
	uint32_t crc;

	if (len < CHECKPOINT_HEAD)
		return;
	memset(file + CRC_AT, 0, 4);
	crc = crc32c(0, file + CHECKPOINT_HEAD, len - CHECKPOINT_HEAD);
	crc = crc32c(crc, file, CHECKPOINT_HEAD);
	for (int i = 0; i < 4; i++)
		file[CRC_AT + i] = (char)(crc >> (8 * i));
}

static void
fuzz_file(struct span given)
{
	struct checkpoint checkpoint = {.seq = SEQ};
	int fd = memfd_create("checkpoint", MFD_CLOEXEC);
	struct buf file = {0};
	struct err err;

	buf_span_put(&file, given);
	fuzz_stamp(file.bytes, file.len);
	if (fd >= 0 && write(fd, file.bytes, file.len) == (ssize_t)file.len &&
	    checkpoint_file_read(fd, &checkpoint, &err) == RC_OK)
		for (size_t i = 0; i < CHECKPOINT_PARTS; i++)
			invariant(!buf_failed(&checkpoint.parts[i]));
	close(fd);
	checkpoint_fini(&checkpoint);
	buf_fini(&file);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	if (len == 0)
		return 0;
	if (bytes[0] == 0)
		fuzz_state(span_make(bytes + 1, len - 1));
	else
		fuzz_file(span_make(bytes + 1, len - 1));
	return 0;
}
