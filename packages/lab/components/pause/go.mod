module manx.dev/lab/components/pause

go 1.26.0
