package main

import (
	"context"
	"fmt"
	"math"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

func withArrow(name, column string, say func(string)) error {
	opened, err := file.OpenParquetFile(name, false)
	if err != nil {
		return err
	}
	defer opened.Close()
	reader, err := pqarrow.NewFileReader(opened, pqarrow.ArrowReadProperties{BatchSize: 10_000}, memory.DefaultAllocator)
	if err != nil {
		return err
	}
	table, err := reader.ReadTable(context.Background())
	if err != nil {
		return err
	}
	defer table.Release()
	at := table.Schema().FieldIndices(column)[0]
	for _, chunk := range table.Column(at).Data().Chunks() {
		for row := range chunk.Len() {
			text, err := arrowText(chunk, row)
			if err != nil {
				return err
			}
			say(text)
		}
	}
	return nil
}

func arrowText(values arrow.Array, row int) (string, error) {
	if values.IsNull(row) {
		return "null", nil
	}
	switch values := values.(type) {
	case *array.Float32:
		return strconv.FormatUint(uint64(math.Float32bits(values.Value(row))), 10), nil
	case *array.Float64:
		return strconv.FormatUint(math.Float64bits(values.Value(row)), 10), nil
	case *array.Int8:
		return strconv.Itoa(int(values.Value(row))), nil
	case *array.Int32:
		return strconv.Itoa(int(values.Value(row))), nil
	case *array.Int64:
		return strconv.FormatInt(values.Value(row), 10), nil
	case *array.Boolean:
		return strconv.FormatBool(values.Value(row)), nil
	}
	return "", fmt.Errorf("no text for %s", values.DataType())
}
