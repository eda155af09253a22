package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"strconv"

	"github.com/parquet-go/parquet-go"
)

func withParquetGo(name, column string, say func(string)) error {
	opened, err := os.Open(name)
	if err != nil {
		return err
	}
	defer opened.Close()
	info, err := opened.Stat()
	if err != nil {
		return err
	}
	file, err := parquet.OpenFile(opened, info.Size())
	if err != nil {
		return err
	}
	leaf, ok := file.Schema().Lookup(column)
	if !ok {
		return fmt.Errorf("no column %s", column)
	}
	for _, group := range file.RowGroups() {
		pages := group.ColumnChunks()[leaf.ColumnIndex].Pages()
		defer pages.Close()
		for {
			page, err := pages.ReadPage()
			if err == io.EOF {
				break
			}
			if err != nil {
				return err
			}
			values := make([]parquet.Value, page.NumValues())
			count, err := page.Values().ReadValues(values)
			if err != nil && err != io.EOF {
				return err
			}
			for _, value := range values[:count] {
				text, err := parquetText(value)
				if err != nil {
					return err
				}
				say(text)
			}
		}
	}
	return nil
}

func parquetText(value parquet.Value) (string, error) {
	if value.IsNull() {
		return "null", nil
	}
	switch value.Kind() {
	case parquet.Float:
		return strconv.FormatUint(uint64(math.Float32bits(value.Float())), 10), nil
	case parquet.Double:
		return strconv.FormatUint(math.Float64bits(value.Double()), 10), nil
	case parquet.Int32:
		return strconv.Itoa(int(value.Int32())), nil
	case parquet.Int64:
		return strconv.FormatInt(value.Int64(), 10), nil
	case parquet.Boolean:
		return strconv.FormatBool(value.Boolean()), nil
	}
	return "", fmt.Errorf("no text for %s", value.Kind())
}
