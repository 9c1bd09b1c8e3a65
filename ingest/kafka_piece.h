/* The pieces of a partition: made of messages, appended, settled; see
 * kafka_partition.h. Threads. The source's. */
#ifndef INGEST_KAFKA_PIECE_H
#define INGEST_KAFKA_PIECE_H

#include "ingest/kafka_partition.h"

/* The piece that takes the message: the last one that is open, or another. */
struct kafka_piece *kafka_piece_for(
    struct kafka_partition *partition, const struct kafka_message *message);
/* Appends those that may fly next, when nothing is aloft. */
void kafka_pieces_launch(struct kafka_partition *partition);
/* Appends again those that were refused. */
void kafka_pieces_retry(struct kafka_partition *partition);
/* Takes the answers of those that landed, in order. */
void kafka_pieces_settle(struct kafka_partition *partition);
/* Frees those that are not with the journal. */
void kafka_pieces_drop(struct kafka_partition *partition);

#endif
