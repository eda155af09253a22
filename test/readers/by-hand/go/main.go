// Reads columns of parquet files: `readers arrow-go|parquet-go FOLDER`, with lines `FILE COLUMN` on standard input, prints
// `FILE COLUMN DIGEST` for each. The digest is the SHA-256 of the values, one a line, floats as the number that their bits are.
package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

var readers = map[string]func(file, column string, say func(string)) error{
	"arrow-go":   withArrow,
	"parquet-go": withParquetGo,
}

func main() {
	read, folder := readers[os.Args[1]], os.Args[2]
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		file, column, _ := strings.Cut(lines.Text(), " ")
		hash := sha256.New()
		err := read(filepath.Join(folder, file), column, func(value string) { hash.Write([]byte(value + "\n")) })
		digest := hex.EncodeToString(hash.Sum(nil))
		if err != nil {
			digest = strings.ReplaceAll(err.Error(), "\n", " ")
		}
		fmt.Println(file, column, digest)
	}
}
