# docker build --build-arg VERSION="$(git describe --tags --always)" -t tradeback .
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=unknown
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/tradeback ./cmd/tradeback
RUN mkdir -p /out/data/var/lib/tradeback /out/data/tmp

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/tradeback /tradeback
# The folders that it writes to; SQLite wants a /tmp of its own.
COPY --from=build --chown=65532:65532 /out/data /
USER 65532:65532
ENV TRADEBACK_STORE=sqlite:///var/lib/tradeback/tradeback.db
VOLUME /var/lib/tradeback
EXPOSE 8080
ENTRYPOINT ["/tradeback"]
CMD ["serve"]
