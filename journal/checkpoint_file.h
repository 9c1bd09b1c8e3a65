/*
 * The bytes of a checkpoint file; integers little-endian:
 *
 *    0  4  0x184D2A5C, a skippable frame to zstd
 *    4  4  bytes of the skippable frame that follow
 *    8  8  "tocsinCP"
 *   16  4  version, 1
 *   20  4  CRC32C of the parts as they stand and then of this head, this
 *          field as zero
 *   24  8  seq
 *   32  4  how many parts follow
 *   36  4  zero
 *   40     of each part: 8 bytes its plain length, 8 its length here
 *          the parts, each one zstd frame, or nothing when it is empty
 *
 * The file ends with the last part. Nothing is unpacked before the lengths
 * are within their limits and the checksum is right.
 *
 * Limits. LIMIT_CHECKPOINT_BYTES, and LIMIT_BUF_BYTES of one part.
 */
#ifndef JOURNAL_CHECKPOINT_FILE_H
#define JOURNAL_CHECKPOINT_FILE_H

#include "journal/checkpoint.h"

#define CHECKPOINT_VERSION 1
#define CHECKPOINT_HEAD (40 + 16 * CHECKPOINT_PARTS)

/* Reads what checkpoint_write() wrote, of entry checkpoint->seq. RC_REJECT:
 * it cannot be used; err says why, without the file's name. */
enum rc
checkpoint_file_read(int fd, struct checkpoint *checkpoint, struct err *err);

#endif
