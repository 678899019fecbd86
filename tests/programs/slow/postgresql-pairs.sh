#!/bin/bash
# PostgreSQL where the server and its clients have different libraries.
RECORD_AS=postgresql-pairs exec "$(dirname "$0")/../postgresql.sh" stock/stock tessera/stock stock/tessera
