;; Decompresses SNAPPY. `node test/parquet/compression/write-snappy-module.ts` compiles this file to snappy-module.ts.
;; Format: https://github.com/google/snappy/blob/main/format_description.txt
(module
  ;; 2 MiB of input, 2 MiB of output, and a page in which short ranges are copied in steps of a fixed length. It never
  ;; grows, because V8 would then compile all loops over arrays again
  (memory (export "memory") 65 65)

  ;; Decompresses the bytes $i to $end (exclusive), which follow the length, to $start and up to $limit. Returns the end of
  ;; the output; 0 when the bytes are damaged, which it may find only after it has read beyond $end.
  (func (export "decompress")
    (param $i i32) (param $end i32) (param $start i32) (param $limit i32) (result i32)
    (local $o i32) (local $tag i32) (local $kind i32) (local $length i32)
    (local $distance i32) (local $from i32) (local $copyEnd i32)
    (local.set $o (local.get $start))
    (block $damaged
      (block $done
        (loop $tags
          (br_if $done (i32.ge_u (local.get $i) (local.get $end)))
          (local.set $tag (i32.load8_u (local.get $i)))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (local.set $kind (i32.and (local.get $tag) (i32.const 3)))
          (local.set $length (i32.add (i32.shr_u (local.get $tag) (i32.const 2)) (i32.const 1)))

          ;; a literal
          (if (i32.eqz (local.get $kind))
            (then
              (if (i32.le_u (local.get $length) (i32.const 16))
                (then
                  (i64.store align=1 (local.get $o) (i64.load align=1 (local.get $i)))
                  (i64.store offset=8 align=1 (local.get $o) (i64.load offset=8 align=1 (local.get $i)))
                  (local.set $i (i32.add (local.get $i) (local.get $length)))
                  (local.set $o (i32.add (local.get $o) (local.get $length)))
                  (br_if $damaged (i32.gt_u (local.get $o) (local.get $limit)))
                  (br $tags)))
              ;; a length above 60 is in one to four bytes after the tag
              (if (i32.gt_u (local.get $length) (i32.const 60))
                (then
                  (local.set $kind (i32.sub (local.get $length) (i32.const 60)))
                  (local.set $length
                    (i32.add
                      (i32.and
                        (i32.load align=1 (local.get $i))
                        (i32.shr_u (i32.const -1) (i32.sub (i32.const 32) (i32.shl (local.get $kind) (i32.const 3)))))
                      (i32.const 1)))
                  (local.set $i (i32.add (local.get $i) (local.get $kind)))))
              ;; one of 4 GiB is 0 here
              (br_if $damaged
                (i32.ge_u
                  (i32.sub (local.get $length) (i32.const 1))
                  (i32.sub (local.get $limit) (local.get $o))))
              (memory.copy (local.get $o) (local.get $i) (local.get $length))
              (local.set $i (i32.add (local.get $i) (local.get $length)))
              (local.set $o (i32.add (local.get $o) (local.get $length)))
              (br $tags)))

          ;; a copy; its distance is in one, two or four bytes. The first two kinds come in turn in no order that a
          ;; processor could predict, so there is no branch for them
          (if (i32.eq (local.get $kind) (i32.const 3))
            (then
              (local.set $distance (i32.load align=1 (local.get $i)))
              (local.set $i (i32.add (local.get $i) (i32.const 4))))
            (else
              (local.set $distance
                (select
                  (i32.or
                    (i32.shl (i32.and (local.get $tag) (i32.const 0xe0)) (i32.const 3))
                    (i32.load8_u (local.get $i)))
                  (i32.load16_u align=1 (local.get $i))
                  (i32.eq (local.get $kind) (i32.const 1))))
              (local.set $length
                (select
                  (i32.add (i32.and (i32.shr_u (local.get $tag) (i32.const 2)) (i32.const 7)) (i32.const 4))
                  (local.get $length)
                  (i32.eq (local.get $kind) (i32.const 1))))
              (local.set $i (i32.add (local.get $i) (local.get $kind)))))
          (br_if $damaged
            (i32.ge_u
              (i32.sub (local.get $distance) (i32.const 1))
              (i32.sub (local.get $o) (local.get $start))))
          (local.set $copyEnd (i32.add (local.get $o) (local.get $length)))
          (br_if $damaged (i32.gt_u (local.get $copyEnd) (local.get $limit)))
          (local.set $from (i32.sub (local.get $o) (local.get $distance)))
          (if (i32.ge_u (local.get $distance) (i32.const 8))
            (then
              ;; Four bytes and one: in a column of times, most copies are the upper five bytes of the value before. They were
              ;; written so, too, and a processor waits where it reads at once what was not written at once
              (i32.store align=1 (local.get $o) (i32.load align=1 (local.get $from)))
              (i32.store8 offset=4 (local.get $o) (i32.load8_u offset=4 (local.get $from)))
              (if (i32.gt_u (local.get $length) (i32.const 5))
                (then
                  (i32.store offset=4 align=1 (local.get $o) (i32.load offset=4 align=1 (local.get $from)))
                  (if (i32.gt_u (local.get $length) (i32.const 8))
                    (then
                      (loop $words
                        (local.set $o (i32.add (local.get $o) (i32.const 8)))
                        (local.set $from (i32.add (local.get $from) (i32.const 8)))
                        (i64.store align=1 (local.get $o) (i64.load align=1 (local.get $from)))
                        (br_if $words (i32.lt_u (i32.add (local.get $o) (i32.const 8)) (local.get $copyEnd))))))))
              (local.set $o (local.get $copyEnd))
              (br $tags)))
          (loop $bytes
            (i32.store8 (local.get $o) (i32.load8_u (local.get $from)))
            (local.set $o (i32.add (local.get $o) (i32.const 1)))
            (local.set $from (i32.add (local.get $from) (i32.const 1)))
            (br_if $bytes (i32.lt_u (local.get $o) (local.get $copyEnd))))
          (br $tags)))
      ;; the last literal or copy may have been cut
      (br_if $damaged (i32.ne (local.get $i) (local.get $end)))
      (return (local.get $o)))
    (i32.const 0)))
